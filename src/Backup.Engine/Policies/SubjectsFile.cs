namespace Backup.Engine.Policies;
public static class SubjectsFile { public static IReadOnlyList<IReadOnlyList<string>> Read(string path) => []; }
