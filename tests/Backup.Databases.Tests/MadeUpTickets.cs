namespace Backup.Databases.Tests;

/// <summary>A helpdesk: users with several addresses, tickets, threads in which others take part, files that several sent.</summary>
internal sealed class MadeUpTickets(int count, int seed)
{
    private const int Agents = 4;

    /// <summary>A file hangs in a number once, whatever that is the number of: drafts and articles stay away from the entries.</summary>
    private const int FirstElsewhere = 5_000_000;

    private static readonly string[] Topics = ["Allgemein", "Störung", "Rechnung", "Vertrag", "Hosting", "Telefon", "Auskunft und Löschung"];

    private readonly MadeUpRows _rows = new();
    private readonly MadeUpTexts _texts = new(seed);
    private readonly List<Person> _persons = [];
    private readonly List<SentFile> _files = [];

    public MadeUpDatabase Make()
    {
        AddSettings();
        AddAgents();
        for (var number = 1; number <= count; number++)
        {
            AddPerson();
        }

        AddOrganizations();
        AddBlocked();
        foreach (var person in _persons)
        {
            int? merged = null;
            for (var more = _texts.Number(0, 5); more > 0; more--)
            {
                merged = AddTicket(person, merged);
            }
        }

        AddNobodysThreads();
        AddNobodysFiles();
        AddFiles();
        return _rows.Make();
    }

    private void AddSettings()
    {
        var now = _texts.Moment();
        for (var topic = 1; topic <= Topics.Length; topic++)
        {
            _rows.Add("ost_help_topic", Whose.Nobody, ("topic_id", topic), ("topic", Topics[topic - 1]), ("created", now), ("updated", now));
        }

        _rows.Add("ost_config", Whose.Nobody, ("id", 1), ("namespace", "core"), ("key", "helpdesk_title"), ("value", "Kundendienst \\ 'Süd'"), ("updated", now));
        _rows.Add("ost_sequence", Whose.Nobody, ("id", 1), ("name", "Ticketnummern"), ("next", 18_446_744_073_709_551_615m), ("updated", now));
        _rows.Add("ost_department", Whose.Nobody, ("id", 1), ("name", "Süd"), ("signature", ""), ("path", "/1/"), ("updated", now), ("created", now));
        _rows.Add("ost_team", Whose.Nobody, ("team_id", 1), ("lead_id", 2), ("name", "Nacht"), ("created", now), ("updated", now));
        _rows.Add("ost_event", Whose.Nobody, ("id", 1), ("name", "created"));
        _rows.Add("ost_canned_response", Whose.Nobody, ("canned_id", 1), ("title", "Danke"), ("response", "Danke 🙏"), ("created", now), ("updated", now));
        _rows.Add("ost_faq", Whose.Nobody, ("faq_id", 1), ("question", "Wie?"), ("answer", "So."), ("created", now), ("updated", now));
        _rows.Add(
            "ost_syslog", Whose.Nobody, ("log_id", 1), ("log_type", "Warning"), ("title", "Login"), ("log", _texts.Text()), ("logger", ""),
            ("ip_address", "192.0.2.1"), ("created", now), ("updated", now));
        _rows.Add("ost_form", Whose.Nobody, ("id", 1), ("type", "U"), ("title", "Kontakt"), ("created", now), ("updated", now));
        _rows.Add("ost_form", Whose.Nobody, ("id", 2), ("type", "T"), ("title", "Ticket"), ("created", now), ("updated", now));
        for (var field = 1; field <= 3; field++)
        {
            _rows.Add(
                "ost_form_field", Whose.Nobody, ("id", field), ("form_id", field == 3 ? 2 : 1), ("label", $"Feld {field}"), ("name", $"f{field}"),
                ("sort", field), ("created", now), ("updated", now));
        }
    }

    private void AddAgents()
    {
        for (var agent = 1; agent <= Agents; agent++)
        {
            var (moment, address) = (_texts.Moment(), $"Agent{agent}@Helpdesk.example");
            var whose = new Whose(MadeUpTexts.Identifier(address), "employee", null);
            _rows.Add(
                "ost_staff", whose, ("staff_id", agent), ("dept_id", 1), ("username", $"agent{agent}"), ("firstname", _texts.FirstName()),
                ("lastname", _texts.LastName()), ("email", address), ("signature", _texts.Text()), ("created", moment), ("updated", moment));
            _rows.Add("ost_staff_dept_access", 2, whose, ("staff_id", agent), ("dept_id", 2), ("role_id", 1));
            _rows.Add("ost_team_member", 2, whose, ("team_id", 1), ("staff_id", agent));
            _rows.Add("ost_queue_config", 2, whose, ("queue_id", 1), ("staff_id", agent), ("setting", "{\"columns\":[1]}"), ("updated", moment));
        }
    }

    /// <summary>A user with none to three addresses, of which any may be the default one.</summary>
    private void AddPerson()
    {
        var (id, name, created) = (_rows.Next("ost_user"), _texts.Name(), _texts.Moment());
        var addresses = new List<(int Id, string Address)>();
        for (var more = _texts.Once(17) ? 0 : _texts.Number(1, 4); more > 0; more--)
        {
            var number = _rows.Next("ost_user_email");
            addresses.Add((number, _texts.Address("kunde", number)));
        }

        var main = addresses.Count > 0 ? _texts.One(addresses) : (Id: 0, Address: "");
        var owner = main.Id > 0 ? MadeUpTexts.Identifier(main.Address) : $"customer:osticket-user-{id}";
        var (person, account) = (new Person(id, name, owner, main.Id), new Whose(owner, "account", null));
        _persons.Add(person);
        _rows.Add(
            "ost_user", account, ("id", id), ("org_id", _texts.Number(0, 3)), ("default_email_id", main.Id), ("name", name), ("created", created),
            ("updated", created));
        foreach (var (number, address) in addresses)
        {
            _rows.Add("ost_user_email", account, ("id", number), ("user_id", id), ("address", address));
        }

        if (_texts.Once(2))
        {
            _rows.Add(
                "ost_user_account", account, ("id", _rows.Next("ost_user_account")), ("user_id", id), ("username", _texts.Once(3) ? null : $"user{id}"),
                ("passwd", "$2a$08$xyz"), ("extra", "{\"browser_lang\":\"de\"}"), ("registered", created));
        }

        if (_texts.Once(3))
        {
            AddNote($"U{id}", account);
        }

        AddFields("U", id, account);
        _rows.AddUnsaved("ost_user__cdata", ("user_id", id), ("name", name), ("phone", "02303 / 12345"));
        _rows.AddUnsaved(
            "ost_session", ("session_id", $"s{id}"), ("session_data", _texts.Bytes(20)), ("user_id", $"{id}"), ("user_ip", "192.0.2.7"), ("user_agent", name));
    }

    private void AddNote(string of, Whose whose)
    {
        var moment = _texts.Moment();
        _rows.Add(
            "ost_note", whose, ("id", _rows.Next("ost_note")), ("staff_id", _texts.Number(1, Agents + 1)), ("ext_id", of), ("body", _texts.Text(bright: false)),
            ("created", moment), ("updated", moment));
    }

    private void AddFields(string type, int of, Whose whose)
    {
        var (id, moment) = (_rows.Next("ost_form_entry"), _texts.Moment());
        _rows.Add(
            "ost_form_entry", whose, ("id", id), ("form_id", type == "T" ? 2 : 1), ("object_id", of), ("object_type", type), ("created", moment),
            ("updated", moment));
        for (var field = 1; field <= 3; field++)
        {
            _rows.Add("ost_form_entry_values", 2, whose, ("entry_id", id), ("field_id", field), ("value", _texts.Once(4) ? null : _texts.Text()));
        }
    }

    private void AddOrganizations()
    {
        for (var id = 1; id <= 2; id++)
        {
            _rows.Add("ost_organization", Whose.Nobody, ("id", id), ("name", $"Groß & Söhne {id}"), ("manager", "a1"), ("created", _texts.Moment()));
            AddNote($"O{id}", Whose.Nobody);
            AddFields("O", id, Whose.Nobody);
        }
    }

    private void AddBlocked()
    {
        var moment = _texts.Moment();
        _rows.Add("ost_filter", Whose.Nobody, ("id", 1), ("name", "SYSTEM BAN LIST"), ("created", moment), ("updated", moment));
        for (var id = 1; id <= 6; id++)
        {
            var (exact, address) = (id % 3 > 0, $"Lotterie{id}@Junk.example");
            _rows.Add(
                "ost_filter_rule", exact ? new Whose(MadeUpTexts.Identifier(address), "consent", null) : Whose.Nobody, ("id", id), ("filter_id", 1),
                ("what", "email"), ("how", exact ? "equal" : "ends"), ("val", exact ? address : $"@junk{id}.example"), ("notes", ""), ("created", moment),
                ("updated", moment));
        }
    }

    /// <summary>A ticket with all that hangs on it.</summary>
    /// <returns>Its number, if another may be merged into it.</returns>
    private int AddTicket(Person person, int? merged)
    {
        var (id, created) = (_rows.Next("ost_ticket"), _texts.Moment());
        DateTime? closed = _texts.Once(3) ? null : _texts.After(created);
        var topic = _texts.Once(4) ? MadeUpPeople.PrivacyTopic : _texts.Number(0, 4);
        var whose = new Whose(person.Owner, null, null).As(topic == MadeUpPeople.PrivacyTopic ? "privacy" : "helpdesk", closed);
        var isMerged = merged is not null && _texts.Once(4);
        _rows.Add(
            "ost_ticket", whose, ("ticket_id", id), ("ticket_pid", isMerged ? merged : null), ("number", $"{id:D6}"), ("user_id", person.Id),
            ("user_email_id", person.Email), ("status_id", closed is null ? 1 : 3), ("dept_id", 1), ("topic_id", topic), ("staff_id", _texts.Number(0, 3)),
            ("ip_address", "192.0.2.9"), ("source", "Email"), ("closed", closed), ("lastupdate", closed), ("created", created), ("updated", created));
        _rows.AddUnsaved("ost_ticket__cdata", ("ticket_id", id), ("subject", _texts.Text()), ("priority", "2"));
        _rows.AddUnsaved("ost__search", ("object_type", "T"), ("object_id", id), ("title", $"{id:D6}"), ("content", _texts.Text()));
        AddFields("T", id, whose);
        AddConversation(AddThread(id, isMerged ? "C" : "T", whose, created), person, whose, created);
        if (closed is null)
        {
            AddDraft(_texts.Once(2) ? $"ticket.response.{id}" : $"ticket.note.{id}", whose);
        }

        if (_texts.Once(6))
        {
            AddTask(id, "T", whose);
        }

        return id;
    }

    private int AddThread(int of, string type, Whose whose, DateTime created)
    {
        var id = _rows.Next("ost_thread");
        _rows.Add(
            "ost_thread", whose, ("id", id), ("object_id", of), ("object_type", type), ("extra", type == "C" ? "{\"ticket_id\":1}" : null),
            ("created", created));
        _rows.Add(
            "ost_thread_event", whose, ("id", _rows.Next("ost_thread_event")), ("thread_id", id), ("thread_type", type == "A" ? "A" : "T"), ("event_id", 1),
            ("staff_id", 0), ("team_id", 0), ("dept_id", 1), ("topic_id", 0), ("data", _texts.Text()), ("username", _texts.Name()), ("timestamp", created));
        if (_texts.Once(5))
        {
            _rows.Add(
                "ost_thread_referral", whose, ("id", _rows.Next("ost_thread_referral")), ("thread_id", id), ("object_id", _texts.Number(1, 5)),
                ("object_type", "S"), ("created", created));
        }

        return id;
    }

    /// <summary>Entries of the user, of agents, and of a third person whom a Cc brought in.</summary>
    private void AddConversation(int thread, Person person, Whose whose, DateTime created)
    {
        var third = _texts.Once(4) ? _texts.One(_persons) : person;
        if (third != person)
        {
            _rows.Add(
                "ost_thread_collaborator", whose.Of(third.Owner), ("id", _rows.Next("ost_thread_collaborator")), ("thread_id", thread), ("user_id", third.Id),
                ("created", created), ("updated", created));
        }

        for (var more = _texts.Number(1, 6); more > 0; more--)
        {
            var writer = _texts.Number(0, 3) switch { 0 => null, 1 => third, _ => person };
            AddEntry(thread, writer, writer is null ? whose : whose.Of(writer.Owner), created.AddMinutes(more));
        }
    }

    private void AddEntry(int thread, Person? writer, Whose whose, DateTime created)
    {
        var id = _rows.Next("ost_thread_entry");
        _rows.Add(
            "ost_thread_entry", whose, ("id", id), ("thread_id", thread), ("staff_id", writer is null ? 1 : 0), ("user_id", writer?.Id ?? 0),
            ("type", writer is null ? "R" : "M"), ("poster", writer?.Name ?? "Agent 🦊"), ("title", _texts.Text(bright: false)), ("body", _texts.Text()),
            ("recipients", _texts.Once(3) ? "{\"to\":{\"3\":\"Zoë <zoe@example.org>\"}}" : null), ("created", created), ("updated", created));
        if (_texts.Once(2))
        {
            _rows.Add(
                "ost_thread_entry_email", whose, ("id", _rows.Next("ost_thread_entry_email")), ("thread_entry_id", id), ("mid", $"<{id}@example.org>"),
                ("headers", $"From: x\nCc: {_texts.Name()} <cc@example.org>\n\n"));
        }

        if (_texts.Once(9))
        {
            _rows.Add("ost_thread_entry_merge", whose, ("id", _rows.Next("ost_thread_entry_merge")), ("thread_entry_id", id), ("data", "{\"thread\":1}"));
        }

        if (_texts.Once(3))
        {
            Attach(id, "H", SomeFile(whose), whose);
        }
    }

    /// <summary>A new file, or one that somebody else has sent before.</summary>
    private SentFile SomeFile(Whose whose)
    {
        var known = _files.Count > 0 && _texts.Once(8) ? _texts.One(_files) : null;
        if (known is not null && known.Wanted.TrueForAll(each => each.Owner != whose.Owner))
        {
            return known;
        }

        var file = new SentFile(_rows.Next("ost_file"), []);
        _files.Add(file);
        return file;
    }

    private void Attach(int of, string type, SentFile file, Whose whose)
    {
        file.Wanted.Add(whose);
        _rows.Add(
            "ost_attachment", whose, ("id", _rows.Next("ost_attachment")), ("object_id", of), ("type", type), ("file_id", file.Id),
            ("name", _texts.Once(2) ? null : "Anhang \"ü\" 📎.pdf"), ("inline", 0));
    }

    private void AddDraft(string of, Whose whose)
    {
        var (id, moment) = (FirstElsewhere + 10 + _rows.Next("ost_draft"), _texts.Moment());
        _rows.Add("ost_draft", whose, ("id", id), ("staff_id", 1), ("namespace", of), ("body", _texts.Text()), ("created", moment));
        if (_texts.Once(5))
        {
            Attach(id, "D", SomeFile(whose), whose);
        }
    }

    private void AddTask(int of, string type, Whose whose)
    {
        var (id, created) = (_rows.Next("ost_task"), _texts.Moment());
        _rows.Add(
            "ost_task", whose, ("id", id), ("object_id", of), ("object_type", type), ("number", $"{id}"), ("closed", _texts.Once(2) ? null : created),
            ("created", created), ("updated", created));
        AddFields("A", id, whose);
        var thread = AddThread(id, "A", whose, created);
        AddEntry(thread, null, whose, created);
        AddDraft($"task.note.{id}", whose);
    }

    /// <summary>A task that belongs to no ticket, drafts of nothing that is there, a thread whose ticket is gone.</summary>
    private void AddNobodysThreads()
    {
        AddTask(0, "", Whose.Nobody);
        AddDraft("ticket.staff.response", Whose.Nobody);
        AddDraft("ticket.client.1a2b3c", Whose.Nobody);
        AddDraft("ticket.response.999999", Whose.Nobody);
        AddEntry(AddThread(999_999, "T", Whose.Nobody, _texts.Moment()), null, Whose.Nobody, _texts.Moment());
    }

    private void AddNobodysFiles()
    {
        Attach(FirstElsewhere + 1, "F", SomeFile(Whose.Nobody), Whose.Nobody);
        Attach(FirstElsewhere + 2, "C", SomeFile(Whose.Nobody), Whose.Nobody);
        _files.Add(new SentFile(_rows.Next("ost_file"), []));
    }

    private void AddFiles()
    {
        foreach (var file in _files)
        {
            var whose = file.Wanted is [var only] ? only : Whose.Nobody;
            var content = _texts.Bytes(_texts.Number(0, 1_500));
            _rows.Add(
                "ost_file", whose, ("id", file.Id), ("type", "application/pdf"), ("size", content.Length), ("key", $"k{file.Id}"),
                ("signature", Convert.ToHexString(content.AsSpan(0, Math.Min(8, content.Length)))), ("name", "Foto 📷 'Süd'.pdf"), ("created", _texts.Moment()));
            var chunks = _texts.Once(6) ? 2 : 1;
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                _rows.Add("ost_file_chunk", 2, whose, ("file_id", file.Id), ("chunk_id", chunk), ("filedata", content[(chunk * content.Length / 2)..]));
            }
        }
    }

    /// <param name="Id">In ost_user.</param>
    /// <param name="Name">Which others write down as the poster's.</param>
    /// <param name="Owner">The identifier that names the person's domains.</param>
    /// <param name="Email">In ost_user_email, or 0.</param>
    private sealed record Person(int Id, string Name, string Owner, int Email);

    /// <param name="Id">In ost_file.</param>
    /// <param name="Wanted">By whom: the rows of ost_attachment.</param>
    private sealed record SentFile(int Id, List<Whose> Wanted);
}
