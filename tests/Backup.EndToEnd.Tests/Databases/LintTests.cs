using Backup.Databases.Tests;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Databases;

/// <summary>What <c>policy validate --connect</c> says of databases before any backup is made.</summary>
public sealed class LintTests
{
    private const string Map = """
        application: shop
        subjects:
          person: { table: person, key: person.id, identifiers: [ { email: person.email } ] }
        tables:
          person: { owner: { person: person.id } }
          setting: { shared: true }
        """;

    [Fact]
    public void Validate_Connect_SaysWhetherEachDatabaseFitsItsMap()
    {
        using var world = World.Blank();
        using var live = new TestDatabase();
        live.Run("CREATE TABLE person (id INT PRIMARY KEY, email TEXT); CREATE TABLE setting (k TEXT, mobile TEXT)");
        File.WriteAllText(Path.Join(world.Folder, "shop.yaml"), Map);
        void Policy(string database) => world.SourceKeys = $"  - {{ id: shop, kind: mariadb, database: {database}, connection_file: {live.ConnectionFile}, map: shop.yaml }}";

        // 1. It fits, and what should be known is said.
        Policy(live.Name);
        world.WritePolicy();
        world.Machine.Run("policy", "validate", "--connect").MustExit(0).MustSay("mariadb", "2 tables", "warning: shop: the rows of setting are nobody's", "mobile");

        // 2. A backup would fail: so does this.
        live.Run("CREATE TABLE plugin (x INT); ALTER TABLE person CHANGE email mail TEXT");
        world.Machine.Run("policy", "validate").MustExit(0);
        world.Machine.Run("policy", "validate", "--connect").MustExit(2).MustSay("says nothing of 1 tables", "plugin", "'person.email'");
        world.Machine.Run("--json", "policy", "validate", "--connect").MustExit(2).MustSay("\"sources\":[{\"tenant\":\"test\",\"id\":\"shop\",\"kind\":\"mariadb\",\"well\":false", "\"fault\":true");

        // 3. It does not answer, as a site that does not.
        Policy("no_such");
        world.WritePolicy();
        world.Machine.Run("policy", "validate", "--connect").MustExit(20).MustSay("The source shop cannot be read: unknown database 'no_such'", "Correct 'database:'");
    }
}
