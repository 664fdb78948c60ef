using System.Xml.Linq;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Dependencies;
using ArchUnitNET.Loader;

namespace Backup.Engine.Tests.Architecture;

/// <summary>An arrow goes down only.</summary>
public sealed class FloorTests
{
    private const string Engine = "Backup.Engine";

    private static readonly ArchUnitNET.Domain.Architecture Loaded =
        new ArchLoader().LoadAssembly(typeof(BackupException).Assembly).Build();

    public static TheoryData<string> AllFolders() => [.. Floors.Folders.SelectMany(floor => floor)];

    public static TheoryData<string> AllProjects() => [.. Floors.Projects.Keys];

    [Theory]
    [MemberData(nameof(AllFolders))]
    public void Folder_Uses_LowerFloorsOnly(string folder)
    {
        var below = Floors.Folders.TakeWhile(floor => !floor.Contains(folder, StringComparer.Ordinal)).SelectMany(floor => floor);
        var allowed = below.Append(folder).ToHashSet(StringComparer.Ordinal);

        var upwards = DependenciesOf(folder)
            .Where(dependency => FolderOf(dependency.Target) is { } target && !allowed.Contains(target))
            .Select(Describe);

        MustBeNone(upwards);
    }

    [Fact]
    public void Root_Uses_NoFolder()
    {
        var used = Types().Where(type => NamespaceOf(type) == Engine)
            .SelectMany(type => type.Dependencies)
            .Where(dependency => FolderOf(dependency.Target) is not null);

        MustBeNone(used.Select(Describe));
    }

    [Fact]
    public void Folders_All_StandInTheTable()
    {
        var known = Floors.Folders.SelectMany(floor => floor).ToHashSet(StringComparer.Ordinal);

        var unknown = Types().Select(NamespaceOf)
            .Where(name => name.StartsWith(Engine + ".", StringComparison.Ordinal) && !known.Contains(name[(Engine.Length + 1)..]));

        MustBeNone(unknown);
    }

    [Fact]
    public void Dependencies_Some_AreSeen()
    {
        // Without this the tests above would also pass on an empty architecture.
        Assert.Contains("Format", DependenciesOf("Sources").Select(dependency => FolderOf(dependency.Target)), StringComparer.Ordinal);
        Assert.Contains(DependenciesOf("Posix"), dependency => dependency.Target.FullName.StartsWith("System.IO.", StringComparison.Ordinal));
    }

    [Fact]
    public void Writing_OutsidePosix_DoesNotHappen()
    {
        var writing = Types().Where(type => FolderOf(type) != "Posix")
            .SelectMany(type => type.Dependencies)
            .Where(Writes)
            .Select(Describe);

        MustBeNone(writing);
    }

    [Theory]
    [MemberData(nameof(AllProjects))]
    public void Project_RefersTo_WhatTheDesignSays(string project)
    {
        var file = XDocument.Load(Path.Combine(Root(), "src", project, project + ".csproj"));

        var projects = Included(file, "ProjectReference").Select(Path.GetFileNameWithoutExtension);
        var packages = Included(file, "PackageReference");

        Assert.Equal(Floors.Projects[project].ToHashSet(StringComparer.Ordinal), projects.ToHashSet(StringComparer.Ordinal)!);
        MustBeNone(packages.Where(package => !Array.Exists(Floors.Packages[project], allowed => IsOf(package, allowed))));
    }

    [Fact]
    public void Projects_All_StandInTheTable() =>
        Assert.Equal(
            Floors.Projects.Keys.Order(StringComparer.Ordinal),
            Directory.GetDirectories(Path.Combine(Root(), "src")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);

    private static void MustBeNone(IEnumerable<string> found)
    {
        var list = found.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        Assert.True(list.Count == 0, string.Join('\n', list));
    }

    private static IEnumerable<IType> Types() => Loaded.Types;

    private static string NamespaceOf(IType type) => type.Namespace?.FullName ?? "";

    /// <summary>The folder of the engine in which a type lies; null outside of the engine and in its root.</summary>
    private static string? FolderOf(IType type)
    {
        var name = NamespaceOf(type);
        return name.StartsWith(Engine + ".", StringComparison.Ordinal) ? name[(Engine.Length + 1)..].Split('.')[0] : null;
    }

    private static IEnumerable<ITypeDependency> DependenciesOf(string folder) =>
        Types().Where(type => FolderOf(type) == folder).SelectMany(type => type.Dependencies);

    private static IEnumerable<string> Included(XDocument project, string item) =>
        project.Descendants(item).Select(element => element.Attribute("Include")!.Value.Replace('\\', '/'));

    /// <summary>A package itself, or one that belongs to it, like Quartz.Serialization to Quartz.</summary>
    private static bool IsOf(string package, string allowed) => package == allowed || package.StartsWith(allowed + ".", StringComparison.Ordinal);

    private static bool Writes(ITypeDependency dependency)
    {
        var target = dependency is MethodCallDependency call
            ? $"{call.TargetMember.DeclaringType.FullName}::{call.TargetMember.Name}"
            : dependency.Target.FullName;
        return Array.Exists(Floors.Writers, writer => target.StartsWith(writer, StringComparison.Ordinal)) && !Array.Exists(Floors.Readers, reader => target.StartsWith(reader + "(", StringComparison.Ordinal));
    }

    private static string Describe(ITypeDependency dependency) => dependency is MethodCallDependency call
        ? $"{dependency.Origin.FullName} calls {call.TargetMember.FullName}"
        : $"{dependency.Origin.FullName} uses {dependency.Target.FullName}";

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Backup.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
