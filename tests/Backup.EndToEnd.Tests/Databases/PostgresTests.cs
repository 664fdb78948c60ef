using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Databases;

/// <summary>A PostgreSQL database with every awkward value, and with customers of whom one is erased.</summary>
public sealed class PostgresTests : IDisposable
{
    private const string Schema = """
        CREATE SCHEMA other; CREATE TYPE mood AS ENUM ('gut', 'schlecht');
        CREATE TABLE values_of (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text, f real, d double precision, b bit(9), y bytea, z timestamptz, j jsonb, m mood,
          n numeric(30,10), u uuid, a text[], g int GENERATED ALWAYS AS (1) STORED, v interval, i inet);
        INSERT INTO values_of (t, f, d, b, y, z, j, m, n, u, a, v, i) VALUES
          (E'O''Brien \\ 😀 \n zeile\t', 1/3.0, 1/3.0, b'101010101', '\x00ff0a5c', '2025-10-26 02:30:00.123456+02', '{"a":1}', 'gut', 12345678901234567890.0123456789, gen_random_uuid(), '{"x,y","z\"q",null}', '1 year 2 days', '::1'),
          (NULL, 'NaN', '-Infinity', NULL, NULL, 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL), ('\.', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        CREATE TABLE other."Täble x" ("Ä" text); INSERT INTO other."Täble x" VALUES (''), (''), ('COPY "a" ("b") FROM stdin;'), ('\.');
        CREATE TABLE customer (id serial PRIMARY KEY, email text UNIQUE NOT NULL, name text NOT NULL);
        CREATE TABLE bill (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customer(id), made date NOT NULL, total numeric NOT NULL);
        CREATE TABLE letter (id serial PRIMARY KEY, customer_id int REFERENCES customer(id), body text);
        INSERT INTO customer (email, name) SELECT 'kunde' || n || '@example.de', 'Kunde Nr ' || n || 'x' FROM generate_series(1, 50) n;
        INSERT INTO bill (customer_id, made, total) SELECT 1 + n % 50, date '2024-03-01' + n, n FROM generate_series(1, 400) n;
        INSERT INTO letter (customer_id, body) SELECT 1 + n % 50, 'Brief ' || n FROM generate_series(1, 300) n;
        CREATE VIEW bills AS SELECT id FROM bill;
        CREATE FUNCTION louder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.body := new.body || '!'; RETURN new; END $$;
        CREATE TRIGGER louder BEFORE INSERT ON letter FOR EACH ROW EXECUTE FUNCTION louder();
        """;

    private const string Map = """
        application: shop
        classes: { bill: { retain_until: 8y, from: year_end, basis: "§ 147 AO" }, account: { basis: contract } }
        subjects:
          client: { table: customer, key: customer.id, identifiers: [ { email: customer.email } ] }
        tables:
          values_of: { shared: true }
          Täble x: { shared: true }
          customer: { owner: { client: customer.id }, class: account, placeholder: { email: "erased-{key}", name: "(gelöscht)" } }
          bill: { owner: { client: bill.customer_id }, class: bill, starts: bill.made }
          letter: { owner: { client: letter.customer_id }, class: account }
        """;

    private static readonly string[] Tables = ["values_of", "other.\"Täble x\"", "customer", "bill", "letter"];

    private readonly string _socket = TestServices.Shared.PostgresSocket;
    private readonly World _world = World.Initialized();
    private readonly string _name = $"t_{Path.GetRandomFileName().Replace('.', '_')}";
    private readonly List<string> _made = [];

    public void Dispose()
    {
        _made.ForEach(name => Sql("postgres", $"DROP DATABASE IF EXISTS {name}"));
        _world.Dispose();
    }

    [Fact]
    public void Database_SavedLoadedErasedLoaded_LacksThatPersonAndNothingElse()
    {
        var connection = Path.Join(_world.Folder, "pg.conf");
        World.WriteSecret(connection, $"[test]\nhost={_socket}\nuser=postgres");
        File.WriteAllText(Path.Join(_world.Folder, "shop.yaml"), Map);
        Make(_name);
        Sql(_name, Schema);
        _world.SourceKeys = $"  - {{ id: shop, kind: postgres, database: {_name}, connection_file: {connection}, map: shop.yaml }}";
        _world.WritePolicy();
        _world.Machine.Run("backup", "shop").MustExit(0);

        var whole = Load(_world.Rescue("b"), connection);
        Assert.All(Tables, table => Assert.Equal(Sum(_name, table), Sum(whole, table)));
        Assert.Equal("51", Sql(whole, "INSERT INTO customer (email, name) VALUES ('neu@example.de', 'Neu') RETURNING id"));
        Assert.Equal("laut!", Sql(whole, "INSERT INTO letter (body) VALUES ('laut') RETURNING body"));

        _world.Machine.Run("erase", "run", "--subject", "email:kunde7@example.de", "--reason", "request", "--yes").MustExit(0);

        var left = Load(_world.Rescue("c"), connection);
        Assert.Equal("erased-7|(gelöscht)", Sql(left, "SELECT email, name FROM customer WHERE id=7"));
        Assert.Equal("0", Sql(left, "SELECT count(*) FROM letter WHERE customer_id=7"));
        Assert.Equal(Sum(_name, "bill"), Sum(left, "bill"));
        Assert.Equal(Sum(_name, "(SELECT * FROM customer WHERE id<>7)"), Sum(left, "(SELECT * FROM customer WHERE id<>7)"));
        Assert.Equal(Sum(_name, "(SELECT * FROM letter WHERE customer_id<>7)"), Sum(left, "(SELECT * FROM letter WHERE customer_id<>7)"));
        Assert.Equal("1", Sql(left, "SELECT count(*) FROM pg_constraint WHERE contype='f' AND conrelid='bill'::regclass AND convalidated"));
    }

    private string Load(Machine machine, string connection)
    {
        var name = $"{_name}_{_made.Count}";
        _made.Add(name);
        machine.Run("restore", "shop@latest", "--database", name, "--connection", connection).MustExit(0);
        return name;
    }

    private void Make(string name)
    {
        _made.Add(name);
        Sql("postgres", $"CREATE DATABASE {name} TEMPLATE template0");
    }

    private string Sum(string database, string table) => Sql(database, $"SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM {table} x");

    private string Sql(string database, string sql) => Shell.Run("psql", "-h", _socket, "-U", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql).Trim();
}
