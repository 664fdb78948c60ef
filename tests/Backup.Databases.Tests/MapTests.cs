using System.Text;
using Backup.Engine.Policies;

namespace Backup.Databases.Tests;

/// <summary>Every map that we ship can be read, and what is wrong with one is said with its place.</summary>
public sealed class MapTests
{
    private const string Good = """
        application: shop
        subjects:
          person: { table: person, key: person.id }
        tables:
          person: { owner: { person: person.id } }
          note: { join: { person: "person.id = note.person_id" }, owner: { of: person } }

        """;

    private static readonly Dictionary<string, string> None = new(StringComparer.Ordinal);

    [Theory]
    [InlineData("osticket")]
    [InlineData("dolibarr")]
    [InlineData("wordpress")]
    [InlineData("joomla")]
    public void Load_Shipped_IsSound(string application) => Assert.NotEmpty(OracleTests.Map(application).Tables);

    [Fact]
    public void Read_Good_IsRead() => Assert.Equal(2, Read(Good).Tables.Count);

    [Theory]
    [InlineData("  x: { owner: { nobody: x.id } }", "nobody")]
    [InlineData("  x: { owner: { of: person } }", "not joined")]
    [InlineData("  x: { owner: { person: y.id } }", "'y'")]
    [InlineData("  x: { owner: { person: x.id }, class: voucher }", "voucher")]
    [InlineData("  x: { }", "nothing of whose")]
    [InlineData("  x: { shared: true, owner: { person: x.id } }", "nobody's")]
    [InlineData("  x: { owner: { person: x.id }, ownr: 1 }", "ownr")]
    [InlineData("  x: { owner: { person: \"{missing}\" } }", "no parameter")]
    [InlineData("  a: { join: { b: \"a.id = b.id\" }, owner: { of: b } }\n  b: { join: { a: \"a.id = b.id\" }, owner: { of: a } }", "circle")]
    public void Read_Faulty_SaysWhatAndWhere(string entry, string says)
    {
        var faulty = Assert.Throws<PolicyException>(() => Read(Good + entry));

        Assert.Contains(faulty.Faults, fault => fault.Message.Contains(says, StringComparison.Ordinal) && fault.Line > 0);
    }

    [Fact]
    public void Read_ParameterThatTheMapDoesNotHave_IsAFault() =>
        Assert.Throws<PolicyException>(() => DataMapFile.Read(Encoding.UTF8.GetBytes(Good), "map.yaml", new Dictionary<string, string>(StringComparer.Ordinal) { ["prefx"] = "a" }, []));

    private static DataMap Read(string map) => DataMapFile.Read(Encoding.UTF8.GetBytes(map), "map.yaml", None, []);
}
