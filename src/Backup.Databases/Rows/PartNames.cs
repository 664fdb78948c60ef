using System.Security.Cryptography;
using System.Text;

namespace Backup.Databases.Rows;

/// <summary>Where the rows of a part lie in the snapshot.</summary>
internal static class PartNames
{
    /// <summary>Characters of a folder's name.</summary>
    public const int FolderLength = 2;

    /// <summary>A person's folder is one of 256, told by the person's identifier: the parts of one person lie together, and none holds too many.</summary>
    public static string FolderOf(string subject) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)).AsSpan(0, 1));

    /// <summary>The name of a part: it lies in the person's own domain, so it may say who it is.</summary>
    public static string Of(PartKey key) => RowFormat.FileName(string.Join(' ', new[] { key.Subject, key.Class, key.Period }.OfType<string>()));
}
