namespace Backup.Databases.Tests;

/// <summary>What has a duty to be kept: invoices, payments, bank and ledger; and what members, employees and strangers add.</summary>
internal sealed partial class MadeUpInvoices
{
    private void AddInvoices(Party party)
    {
        int? last = null;
        for (var more = _texts.Number(0, 6); more > 0; more--)
        {
            last = AddInvoice(party, last) ?? last;
        }

        if (_texts.Once(8))
        {
            _rows.Add(
                "llx_facture_rec", party.Whose, ("rowid", _rows.Next("llx_facture_rec")), ("titre", $"Wartung {party.Id}"), ("fk_soc", party.Id),
                ("datec", _texts.Moment()), ("fk_user_author", 1), ("note_private", _texts.Text()));
        }
    }

    /// <summary>An invoice with lines, links and ledger rows; a draft has a date, but no period: nothing is due yet.</summary>
    /// <returns>Its number, if a credit note may name it.</returns>
    private int? AddInvoice(Party party, int? earlier)
    {
        var (id, at, isDraft, amount) = (_rows.Next("llx_facture"), _texts.Moment(), _texts.Once(6), _texts.Amount());
        var whose = isDraft ? party.Whose : party.Whose.As("invoice", at);
        var isCredit = !isDraft && earlier is not null && _texts.Once(8);
        _rows.Add(
            "llx_facture", whose, ("rowid", id), ("ref", isDraft ? $"(PROV{id})" : $"FA{id:D6}"), ("type", isCredit ? 2 : 0), ("fk_soc", party.Id), ("datec", at),
            ("datef", Day(at)), ("total_ht", amount), ("total_ttc", amount * 1.19m), ("fk_statut", isDraft ? 0 : _texts.Number(1, 4)), ("fk_user_author", 2),
            ("fk_user_valid", isDraft ? null : 1), ("fk_facture_source", isCredit ? earlier : null), ("note_private", _texts.Text()), ("fk_input_reason", 1));
        _rows.Add("llx_facture_extrafields", whose, ("rowid", id), ("fk_object", id), ("remark", _texts.Text()));
        for (var line = _texts.Number(1, 5); line > 0; line--)
        {
            _rows.Add(
                "llx_facturedet", whose, ("rowid", _rows.Next("llx_facturedet")), ("fk_facture", id), ("fk_product", line), ("description", _texts.Text()),
                ("tva_tx", 19.0), ("qty", 0.1), ("subprice", amount), ("total_ht", amount), ("rang", line), ("fk_unit", 1));
        }

        AddFile("facture", id, whose);
        AddLinks(party, id, at);
        if (isDraft)
        {
            return null;
        }

        AddLedger(party, id, at, amount);
        _open.Add(new Sent(id, party, at, amount));
        return id;
    }

    private void AddLinks(Party party, int invoice, DateTime at)
    {
        if (_texts.Once(3))
        {
            var (order, whose) = AddOrder(party);
            _rows.Add(
                "llx_element_element", whose, ("rowid", _rows.Next("llx_element_element")), ("fk_source", order), ("sourcetype", "commande"),
                ("fk_target", invoice), ("targettype", "facture"));
        }

        if (party.Contacts.Count > 0)
        {
            var (contact, owner) = _texts.One(party.Contacts);
            _rows.Add(
                "llx_element_contact", new Whose(owner, "account", null), ("rowid", _rows.Next("llx_element_contact")), ("datecreate", at),
                ("element_id", invoice), ("fk_c_type_contact", ExternalContact), ("fk_socpeople", contact));
        }

        _rows.Add(
            "llx_element_contact", new Whose(_employees[2], "employee", null), ("rowid", _rows.Next("llx_element_contact")), ("datecreate", at),
            ("element_id", invoice), ("fk_c_type_contact", InternalContact), ("fk_socpeople", 3));
    }

    private void AddLedger(Party party, int invoice, DateTime at, decimal amount)
    {
        var whose = party.Whose.As("ledger", at);
        foreach (var (account, debit, credit) in new[] { ("10000", amount, 0m), ("8400", 0m, amount) })
        {
            AddLedgerRow(("customer_invoice", invoice), whose, at, (account, debit, credit));
        }

        if (_texts.Once(3))
        {
            _rows.Add(
                "llx_blockedlog", whose, ("rowid", _rows.Next("llx_blockedlog")), ("date_creation", at), ("action", "BILL_VALIDATE"), ("amounts", amount),
                ("element", "facture"), ("fk_user", 1), ("fk_object", invoice), ("date_object", at), ("signature", "0"), ("signature_line", "0"),
                ("object_data", $"O:8:\"stdClass\":1:{{s:3:\"nom\";s:4:\"{_texts.LastName()}\";}}"));
        }

        if (_texts.Once(10))
        {
            _rows.Add(
                "llx_societe_remise_except", party.Whose.As("invoice", at), ("rowid", _rows.Next("llx_societe_remise_except")), ("fk_soc", party.Id),
                ("datec", at), ("amount_ht", amount), ("fk_user", 1), ("fk_facture_source", invoice), ("description", _texts.Text()));
        }
    }

    private void AddLedgerRow((string Type, int Id) document, Whose whose, DateTime at, (string Account, decimal Debit, decimal Credit) booked)
    {
        var id = _rows.Next("llx_accounting_bookkeeping");
        _rows.Add(
            "llx_accounting_bookkeeping", whose, ("rowid", id), ("piece_num", id), ("doc_date", Day(at)), ("doc_type", document.Type), ("doc_ref", $"D{id}"),
            ("fk_doc", document.Id), ("fk_docdet", 0), ("subledger_label", _texts.LastName()), ("numero_compte", booked.Account), ("label_compte", "Konto"),
            ("label_operation", _texts.Name()), ("debit", booked.Debit), ("credit", booked.Credit), ("fk_user_author", 1), ("code_journal", "VT"));
    }

    /// <summary>Most settle one invoice; some settle several of one customer, some those of two: these are nobody's.</summary>
    private void AddPayments()
    {
        for (var next = 0; next < _open.Count;)
        {
            var several = _texts.Once(5) ? Math.Min(2, _open.Count - next) : 1;
            var settled = _open.GetRange(next, several);
            next += several;
            if (!_texts.Once(6))
            {
                AddPayment(settled);
            }
        }
    }

    private void AddPayment(List<Sent> settled)
    {
        var (id, bank, at) = (_rows.Next("llx_paiement"), _rows.Next("llx_bank"), _texts.After(settled.Max(static each => each.At)));
        var parties = settled.ConvertAll(static each => each.Party).Distinct().ToList();
        var whose = parties is [var only] ? only.Whose : Whose.Nobody;
        var amount = settled.Sum(static each => each.Amount);
        _rows.Add(
            "llx_paiement", whose.As("invoice", at), ("rowid", id), ("datec", at), ("datep", at), ("amount", amount), ("fk_paiement", 2), ("note", _texts.Text()),
            ("fk_bank", bank), ("fk_user_creat", 1));
        foreach (var each in settled)
        {
            _rows.Add(
                "llx_paiement_facture", each.Party.Whose.As("invoice", at), ("rowid", _rows.Next("llx_paiement_facture")), ("fk_paiement", id),
                ("fk_facture", each.Id), ("amount", each.Amount));
        }

        _rows.Add(
            "llx_bank", whose.As("ledger", at), ("rowid", bank), ("datec", at), ("datev", Day(at)), ("dateo", Day(at)), ("amount", amount),
            ("label", _texts.Name()), ("fk_account", 1), ("fk_type", "VIR"), ("emetteur", _texts.Name()));
        _rows.Add(
            "llx_bank_url", Whose.Nobody, ("rowid", _rows.Next("llx_bank_url")), ("fk_bank", bank), ("url_id", id), ("label", "(paiement)"), ("type", "payment"));
        foreach (var party in parties)
        {
            _rows.Add(
                "llx_bank_url", party.Whose.As("ledger", at), ("rowid", _rows.Next("llx_bank_url")), ("fk_bank", bank), ("url_id", party.Id),
                ("label", _texts.Name()), ("type", "company"));
        }

        AddLedgerRow(("bank", bank), whose.As("ledger", at), at, ("1200", amount, 0m));
    }

    private void AddMembers()
    {
        for (var id = 1; id <= count / 5; id++)
        {
            var address = _texts.Once(4) ? null : _texts.Address("mitglied", id);
            var owner = address is null ? $"customer:dolibarr-adherent-{id}" : MadeUpTexts.Identifier(address);
            var (whose, joined) = (new Whose(owner, "account", null), _texts.Moment());
            _rows.Add(
                "llx_adherent", whose, ("rowid", id), ("ref", $"M{id}"), ("lastname", _texts.LastName()), ("firstname", _texts.FirstName()),
                ("fk_adherent_type", 1), ("morphy", "phy"), ("fk_soc", _texts.Once(3) ? _parties[id - 1].Id : null), ("email", address),
                ("note_private", _texts.Text()), ("datec", joined));
            for (var year = 0; year < _texts.Number(0, 3); year++)
            {
                var at = joined.AddYears(year).Year > MadeUpTexts.LastYear ? joined.AddDays(year) : joined.AddYears(year);
                _rows.Add(
                    "llx_subscription", whose.As("invoice", at), ("rowid", _rows.Next("llx_subscription")), ("datec", at), ("fk_adherent", id), ("dateadh", at),
                    ("subscription", 24.5m));
            }
        }
    }

    private void AddWorkOfEmployees()
    {
        for (var id = 1; id <= Employees * 4; id++)
        {
            var (user, at, isDraft) = ((id % Employees) + 1, _texts.Moment(), _texts.Once(4));
            var whose = new Whose(_employees[user - 1], "employee", null);
            var report = isDraft ? whose : whose.As("invoice", at);
            _rows.Add(
                "llx_expensereport", report, ("rowid", id), ("ref", $"ER{id}"), ("date_debut", Day(at)), ("date_fin", Day(at)), ("date_create", at),
                ("fk_user_author", user), ("fk_statut", isDraft ? 0 : 5), ("note_private", _texts.Text()));
            _rows.Add(
                "llx_expensereport_det", report, ("rowid", id), ("fk_expensereport", id), ("comments", _texts.Text()), ("qty", 1.0), ("value_unit", 9.9m),
                ("date", Day(at)));
            _rows.Add(
                "llx_salary", whose.As("invoice", at), ("rowid", id), ("fk_user", user), ("amount", 2_500m), ("datesp", Day(at)), ("dateep", Day(at)),
                ("fk_typepayment", 2));
            _rows.Add(
                "llx_holiday", whose, ("rowid", id), ("ref", $"HL{id}"), ("fk_user", user), ("fk_type", 1), ("date_create", at), ("description", "Erkältung 🤧"),
                ("date_debut", Day(at)), ("date_fin", Day(at)), ("fk_validator", 1));
            _rows.Add(
                "llx_events", whose.As("log", at), ("rowid", id), ("type", "USER_LOGIN"), ("dateevent", at), ("fk_user", user), ("description", "Anmeldung"),
                ("ip", "192.0.2.3"));
        }
    }

    /// <summary>People of whom nothing but an address is known, suppliers, and rows of nobody.</summary>
    private void AddStrangers()
    {
        for (var id = 1; id <= 4; id++)
        {
            var (at, address) = (_texts.Moment(), $"Fremder{id}@Anderswo.example");
            var stranger = new Whose(MadeUpTexts.Identifier(address), "account", null);
            _rows.Add("llx_mailing_unsubscribe", stranger.As("consent"), ("rowid", id), ("email", address), ("date_creat", at));
            _rows.Add(
                "llx_ticket", stranger.As("helpdesk", at), ("rowid", _rows.Next("llx_ticket")), ("ref", $"TX{id}"), ("track_id", $"x{id}"), ("fk_soc", 0),
                ("origin_email", address), ("subject", _texts.Text(bright: false)), ("message", _texts.Text()), ("datec", at), ("date_close", at));
            _rows.Add(
                "llx_don", id == 1 ? stranger : stranger.As("invoice", at), ("rowid", id), ("ref", $"DO{id}"), ("fk_statut", id == 1 ? 0 : 2), ("datedon", at),
                ("amount", 50m), ("lastname", _texts.LastName()), ("fk_country", 5), ("email", address), ("fk_user_author", 1));
        }

        foreach (var party in _parties.Take(3))
        {
            var (id, at) = (party.Id, _texts.Moment());
            var whose = party.Whose.As("invoice", at);
            _rows.Add(
                "llx_facture_fourn", whose, ("rowid", id), ("ref", $"SI{id}"), ("ref_supplier", $"R-{id}"), ("fk_soc", id), ("datec", at), ("datef", Day(at)),
                ("fk_statut", 1), ("fk_user_author", 1));
            _rows.Add(
                "llx_facture_fourn_det", whose, ("rowid", id), ("fk_facture_fourn", id), ("description", _texts.Text()), ("qty", 1.0), ("fk_unit", 1));
        }

        AddFile("product", 1, Whose.Nobody);
        _rows.Add("llx_actioncomm", Whose.Nobody, ("id", _rows.Next("llx_actioncomm")), ("ref", "0"), ("datep", _texts.Moment()), ("label", "Inventur"));
    }
}
