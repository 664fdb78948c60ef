namespace Backup.Databases.Tests;

/// <summary>A merchant's books: private customers and companies with contacts, contracts, invoices of many years, payments, ledger, events.</summary>
internal sealed partial class MadeUpInvoices(int count, int seed)
{
    private const int Employees = 3;
    private const int ExternalContact = 1;
    private const int InternalContact = 2;

    private readonly MadeUpRows _rows = new();
    private readonly MadeUpTexts _texts = new(seed);
    private readonly List<Party> _parties = [];
    private readonly List<string> _employees = [];

    /// <summary>Invoices that are sent and not paid.</summary>
    private readonly List<Sent> _open = [];

    public MadeUpDatabase Make()
    {
        AddSettings();
        AddEmployees();
        for (var number = 1; number <= count; number++)
        {
            AddParty();
        }

        foreach (var party in _parties)
        {
            AddContracts(party);
            AddOffer(party);
            AddInvoices(party);
            AddTicket(party);
            for (var more = _texts.Number(0, 4); more > 0; more--)
            {
                AddEvent(party);
            }
        }

        AddPayments();
        AddMembers();
        AddWorkOfEmployees();
        AddStrangers();
        return _rows.Make();
    }

    private static DateOnly Day(DateTime moment) => DateOnly.FromDateTime(moment);

    private void AddSettings()
    {
        _rows.Add("llx_c_country", Whose.Nobody, ("rowid", 5), ("code", "DE"), ("label", "Deutschland"));
        _rows.Add("llx_c_typent", Whose.Nobody, ("id", 8), ("code", "TE_PRIVATE"), ("libelle", "Privatperson"));
        _rows.Add("llx_c_paiement", Whose.Nobody, ("id", 2), ("code", "VIR"), ("libelle", "Überweisung"));
        _rows.Add("llx_c_type_contact", Whose.Nobody, ("rowid", ExternalContact), ("element", "facture"), ("source", "external"), ("code", "BILLING"));
        _rows.Add("llx_c_type_contact", Whose.Nobody, ("rowid", InternalContact), ("element", "facture"), ("source", "internal"), ("code", "SALESREPFOLL"));
        _rows.Add("llx_c_units", Whose.Nobody, ("rowid", 1), ("code", "H"), ("label", "Stunde"));
        _rows.Add("llx_c_input_reason", Whose.Nobody, ("rowid", 1), ("code", "SRC_INTE"), ("label", "Web"));
        _rows.Add("llx_const", Whose.Nobody, ("rowid", 1), ("name", "MAIN_INFO_SOCIETE_NOM"), ("value", "Händler & Söhne \\ 'Süd'"));
        _rows.Add("llx_categorie", Whose.Nobody, ("rowid", 1), ("label", "Stammkunden ⭐"), ("type", 2));
        _rows.Add("llx_bank_account", Whose.Nobody, ("rowid", 1), ("ref", "GIRO"), ("label", "Girokonto"), ("fk_pays", 5), ("currency_code", "EUR"));
        _rows.Add("llx_adherent_type", Whose.Nobody, ("rowid", 1), ("libelle", "Mitglied"), ("morphy", "phy"));
        _rows.Add("llx_accounting_account", Whose.Nobody, ("rowid", 1L), ("fk_pcg_version", "SKR03"), ("account_number", "8400"), ("label", "Erlöse 19 %"));
        for (var id = 1; id <= 5; id++)
        {
            _rows.Add(
                "llx_product", Whose.Nobody, ("rowid", id), ("ref", $"P{id}"), ("label", $"Ware {id} \"groß\""), ("description", _texts.Text()),
                ("price", _texts.Amount()), ("weight", 0.1f * id), ("fk_unit", id == 1 ? 1 : null));
        }
    }

    /// <summary>The first has no address: he is known by his number alone.</summary>
    private void AddEmployees()
    {
        for (var id = 1; id <= Employees; id++)
        {
            var address = id == 1 ? null : $"Angestellter{id}@Haendler.example";
            var whose = new Whose(address is null ? $"customer:dolibarr-user-{id}" : MadeUpTexts.Identifier(address), "employee", null);
            _employees.Add(whose.Owner!);
            _rows.Add(
                "llx_user", whose, ("rowid", id), ("login", $"angestellter{id}"), ("lastname", _texts.LastName()), ("firstname", _texts.FirstName()),
                ("birth", new DateOnly(1980, 2, id)), ("email", address), ("personal_email", id == 3 ? "privat3@example.org" : null), ("signature", _texts.Text()),
                ("admin", id == 1 ? 1 : 0), ("fk_user", id == 1 ? null : 1));
            _rows.Add("llx_user_extrafields", whose, ("rowid", id), ("fk_object", id), ("shoe_size", "43"));
            _rows.Add("llx_user_rib", whose, ("rowid", id), ("fk_user", id), ("iban_prefix", "DE02120300000000202051"), ("proprio", _texts.Name()));
            _rows.Add("llx_user_rights", whose, ("rowid", id), ("fk_user", id), ("fk_id", 11));
            _rows.Add("llx_c_email_senderprofile", whose, ("rowid", id), ("private", id), ("email", "info@haendler.example"), ("signature", _texts.Name()));
            _rows.AddUnsaved(
                "llx_session", ("session_id", $"s{id}"), ("date_creation", _texts.Moment()), ("last_accessed", _texts.Moment()), ("fk_user", id));
        }

        _rows.Add("llx_c_email_senderprofile", Whose.Nobody, ("rowid", 9), ("private", 0), ("email", "info@haendler.example"), ("signature", "Händler"));
        _rows.Add("llx_usergroup", Whose.Nobody, ("rowid", 1), ("nom", "Verkauf"));
        _rows.Add("llx_usergroup_user", new Whose(_employees[0], "employee", null), ("rowid", 1), ("fk_user", 1), ("fk_usergroup", 1));
    }

    /// <summary>A private person or a company; known by the address, else by the code, else by the number.</summary>
    private void AddParty()
    {
        var (id, isCompany, created) = (_rows.Next("llx_societe"), _texts.Once(3), _texts.Moment());
        var address = _texts.Once(3) ? null : _texts.Address("konto", id);
        var code = _texts.Once(4) ? null : $"CU{id:D5}-Ü";
        var owner = address is not null ? MadeUpTexts.Identifier(address) : code is not null ? $"customer:{code}" : $"customer:dolibarr-societe-{id}";
        var (party, whose) = (new Party(id, owner), new Whose(owner, "account", null));
        _parties.Add(party);
        _rows.Add(
            "llx_societe", whose, ("rowid", id), ("nom", isCompany ? $"{_texts.LastName()} & Co. 🏭" : _texts.Name()),
            ("parent", id > 3 && _texts.Once(15) ? id - 3 : null), ("code_client", code), ("address", "Straße 5\nHinterhaus"), ("zip", "59423"), ("town", "Unna"),
            ("fk_pays", 5), ("email", _texts.Once(2) ? address : address ?? ""), ("socialnetworks", "{\"mastodon\":\"@x\\\\y\"}"),
            ("fk_typent", isCompany ? 3 : 8), ("note_private", _texts.Text()), ("client", 1), ("fournisseur", isCompany ? 1 : 0), ("datec", created),
            ("fk_user_creat", 1));
        _rows.Add("llx_societe_extrafields", whose, ("rowid", id), ("fk_object", id), ("birthday", Day(created)), ("nickname", _texts.FirstName()));
        _rows.Add("llx_societe_commerciaux", whose, ("rowid", id), ("fk_soc", id), ("fk_user", _texts.Number(1, Employees + 1)));
        _rows.Add("llx_societe_rib", whose, ("rowid", id), ("label", "Konto"), ("fk_soc", id), ("iban_prefix", $"DE{id:D20}"), ("rum", $"RUM{id}"));
        if (_texts.Once(4))
        {
            _rows.Add("llx_societe_address", whose, ("rowid", _rows.Next("llx_societe_address")), ("fk_soc", id), ("name", _texts.Name()), ("note", _texts.Text()));
            _rows.Add("llx_categorie_societe", 2, whose, ("fk_categorie", 1), ("fk_soc", id));
        }

        for (var more = isCompany ? _texts.Number(0, 4) : _texts.Once(9) ? 1 : 0; more > 0; more--)
        {
            AddContact(party, isCompany ? null : address);
        }

        AddProject(party, whose);
    }

    /// <summary>A contact is a person of his own, but where a private customer is entered as his own contact.</summary>
    private void AddContact(Party party, string? same)
    {
        var id = _rows.Next("llx_socpeople");
        var address = same ?? (_texts.Once(4) ? null : _texts.Address("ansprech", id));
        var owner = address is null ? $"customer:dolibarr-socpeople-{id}" : MadeUpTexts.Identifier(address);
        var whose = new Whose(owner, "account", null);
        party.Contacts.Add((id, owner));
        _rows.Add(
            "llx_socpeople", whose, ("rowid", id), ("datec", _texts.Moment()), ("fk_soc", party.Id), ("lastname", _texts.LastName()),
            ("firstname", _texts.FirstName()), ("birthday", new DateOnly(1975, 12, 31)), ("email", address), ("fk_user_creat", 2), ("note_public", _texts.Text()));
        _rows.Add("llx_socpeople_extrafields", whose, ("rowid", id), ("fk_object", id), ("hobby", _texts.Text()));
        _rows.Add(
            "llx_societe_contacts", whose, ("rowid", id), ("date_creation", _texts.Moment()), ("fk_soc", party.Id), ("fk_c_type_contact", ExternalContact),
            ("fk_socpeople", id));
        if (_texts.Once(3))
        {
            _rows.Add("llx_categorie_contact", 2, whose, ("fk_categorie", 1), ("fk_socpeople", id));
        }
    }

    private void AddProject(Party party, Whose whose)
    {
        if (!_texts.Once(5))
        {
            return;
        }

        var (id, created) = (_rows.Next("llx_projet"), _texts.Moment());
        _rows.Add(
            "llx_projet", whose, ("rowid", id), ("fk_soc", party.Id), ("datec", created), ("ref", $"PJ{id}"), ("title", _texts.Text(bright: false)),
            ("fk_user_creat", 1));
        _rows.Add(
            "llx_projet_task", whose, ("rowid", _rows.Next("llx_projet_task")), ("ref", $"TK{id}"), ("fk_projet", id), ("datec", created), ("label", "Montage"),
            ("fk_user_creat", 1));
    }

    private void AddContracts(Party party)
    {
        for (var more = _texts.Number(0, 3); more > 0; more--)
        {
            var (id, created) = (_rows.Next("llx_contrat"), _texts.Moment());
            DateTime? ended = _texts.Once(2) ? _texts.After(created) : null;
            var whose = party.Whose.As("contract", ended);
            _rows.Add(
                "llx_contrat", whose, ("rowid", id), ("ref", $"CT{id:D5}"), ("datec", created), ("date_contrat", created), ("statut", 1),
                ("date_cloture", ended), ("fk_soc", party.Id), ("fk_user_author", _texts.Number(1, Employees + 1)), ("note_private", _texts.Text()));
            _rows.Add("llx_contrat_extrafields", whose, ("rowid", id), ("fk_object", id), ("remark", _texts.Text()));
            for (var line = _texts.Number(1, 4); line > 0; line--)
            {
                _rows.Add(
                    "llx_contratdet", whose, ("rowid", _rows.Next("llx_contratdet")), ("fk_contrat", id), ("fk_product", _texts.Number(1, 6)),
                    ("description", _texts.Text()), ("qty", 1.5), ("subprice", _texts.Amount()), ("fk_unit", 1));
            }

            AddFile("contrat", id, whose);
        }
    }

    /// <summary>An offer and perhaps an order: letters, but while they are drafts.</summary>
    private void AddOffer(Party party)
    {
        if (_texts.Once(2))
        {
            return;
        }

        var (id, at, isDraft) = (_rows.Next("llx_propal"), _texts.Moment(), _texts.Once(4));
        var whose = isDraft ? party.Whose : party.Whose.As("letter", at);
        _rows.Add(
            "llx_propal", whose, ("rowid", id), ("ref", isDraft ? $"(PROV{id})" : $"PR{id:D5}"), ("fk_soc", party.Id), ("datec", at), ("datep", Day(at)),
            ("fk_user_author", 1), ("fk_statut", isDraft ? 0 : _texts.Number(1, 5)), ("note_public", _texts.Text()));
        _rows.Add(
            "llx_propaldet", whose, ("rowid", _rows.Next("llx_propaldet")), ("fk_propal", id), ("description", _texts.Text()), ("qty", 2.0),
            ("total_ht", _texts.Amount()));
    }

    /// <returns>The order's number and whose it is.</returns>
    private (int Id, Whose Whose) AddOrder(Party party)
    {
        var (id, at, isDraft) = (_rows.Next("llx_commande"), _texts.Moment(), _texts.Once(5));
        var whose = isDraft ? party.Whose : party.Whose.As("letter", at);
        _rows.Add(
            "llx_commande", whose, ("rowid", id), ("ref", isDraft ? $"(PROV{id})" : $"CO{id:D5}"), ("fk_soc", party.Id), ("date_creation", at),
            ("date_commande", Day(at)), ("fk_statut", isDraft ? 0 : _texts.Once(4) ? -1 : 3), ("note_private", _texts.Text()));
        _rows.Add(
            "llx_commandedet", whose, ("rowid", _rows.Next("llx_commandedet")), ("fk_commande", id), ("description", _texts.Text()), ("qty", 1.0),
            ("total_ht", _texts.Amount()), ("fk_unit", 1));
        return (id, whose);
    }

    private void AddTicket(Party party)
    {
        if (!_texts.Once(3))
        {
            return;
        }

        var (id, created) = (_rows.Next("llx_ticket"), _texts.Moment());
        DateTime? closed = _texts.Once(2) ? _texts.After(created) : null;
        _rows.Add(
            "llx_ticket", party.Whose.As("helpdesk", closed), ("rowid", id), ("ref", $"TS{id}"), ("track_id", $"t{id}"), ("fk_soc", party.Id),
            ("origin_email", "anderswo@example.org"), ("subject", _texts.Text(bright: false)), ("message", _texts.Text()), ("datec", created),
            ("date_close", closed));
    }

    /// <summary>What happened: with a contact it is his. A mail is a letter, what the program notes by itself is none.</summary>
    private void AddEvent(Party party)
    {
        var (id, at, isMail) = (_rows.Next("llx_actioncomm"), _texts.Moment(), _texts.Once(2));
        var contact = party.Contacts.Count > 0 && _texts.Once(2) ? _texts.One(party.Contacts) : (Id: 0, Owner: party.Owner);
        var account = new Whose(contact.Owner, "account", null);
        _rows.Add(
            "llx_actioncomm", isMail ? account.As("letter", at) : account, ("id", id), ("ref", $"{id}"), ("datep", at),
            ("code", isMail ? "AC_BILL_SENTBYMAIL" : "AC_OTH_AUTO"), ("datec", at), ("fk_user_author", 1), ("fk_soc", party.Id),
            ("fk_contact", contact.Id > 0 ? contact.Id : null), ("label", _texts.Text(bright: false)), ("note", _texts.Text()),
            ("email_from", isMail ? "info@haendler.example" : null), ("email_to", isMail ? "\"Zoë\" <zoe@example.org>" : null),
            ("email_tocc", isMail && _texts.Once(2) ? "cc@example.org" : null));
        _rows.Add(
            "llx_actioncomm_resources", new Whose(_employees[1], "employee", null), ("rowid", _rows.Next("llx_actioncomm_resources")), ("fk_actioncomm", id),
            ("element_type", "user"), ("fk_element", 2));
        if (contact.Id > 0)
        {
            _rows.Add(
                "llx_actioncomm_resources", account, ("rowid", _rows.Next("llx_actioncomm_resources")), ("fk_actioncomm", id), ("element_type", "socpeople"),
                ("fk_element", contact.Id));
        }
    }

    private void AddFile(string of, int number, Whose whose)
    {
        if (_texts.Once(2))
        {
            var id = _rows.Next("llx_ecm_files");
            _rows.Add(
                "llx_ecm_files", whose, ("rowid", id), ("label", $"{id:x32}"), ("filepath", $"{of}/{number}"), ("filename", $"{_texts.LastName()} {id} 📄.pdf"),
                ("src_object_type", of), ("src_object_id", number), ("date_c", _texts.Moment()), ("fk_user_c", 1));
        }
    }

    /// <param name="Id">In llx_societe.</param>
    /// <param name="Owner">The identifier that names the domains.</param>
    private sealed record Party(int Id, string Owner)
    {
        public Whose Whose { get; } = new(Owner, "account", null);

        public List<(int Id, string Owner)> Contacts { get; } = [];
    }

    /// <summary>An invoice that waits for its payment.</summary>
    private sealed record Sent(int Id, Party Party, DateTime At, decimal Amount);
}
