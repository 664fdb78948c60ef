using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Sources;

/// <summary>What is walked and written back is the same: a test for each thing a file system keeps. Needs root.</summary>
public sealed class FidelityTests
{
    [Fact]
    public void Copy_Content_IsTheSame() => AssertSame("""
        import random
        for size in (1, 511, 4095, 4096, 4097, 65536, 3 * 1048576 + 17):
            put(b"size%d" % size, random.randbytes(size))
        os.mkdir("sub"); put("sub/text", b"line\n" * 10000)
        """);

    [Fact]
    public void Copy_EmptyFilesAndDirectories_AreTheSame() => AssertSame("""
        put("empty", b"")
        os.makedirs("a/b/c"); os.mkdir("d")
        """);

    [Fact]
    public void Copy_ModeWithSetuidSetgidSticky_IsTheSame() => AssertSame("""
        for mode in (0, 0o400, 0o644, 0o755, 0o777, 0o4755, 0o2755, 0o1644, 0o7777, 0o2644):
            put("f%o" % mode, mode=mode)
            os.mkdir("d%o" % mode); put("d%o/inside" % mode); os.chmod("d%o" % mode, mode)
        """);

    [Fact]
    public void Copy_OwnerByIdAndName_IsTheSame() => AssertSame("""
        import pwd, grp
        daemon, mail = pwd.getpwnam("daemon").pw_uid, grp.getgrnam("mail").gr_gid
        for name, uid, gid in (("known", daemon, mail), ("unknown", 3123456789, 4123456789), ("mixed", 0, 77777)):
            put(name); os.chmod(name, 0o6755); os.chown(name, uid, gid); os.chmod(name, 0o6755)
            os.mkdir(name + ".d"); os.chown(name + ".d", uid, gid)
            os.symlink("x", name + ".l"); os.chown(name + ".l", uid, gid, follow_symlinks=False)
            os.mkfifo(name + ".p"); os.chown(name + ".p", uid, gid)
        """);

    [Fact]
    public void Copy_TimesInNanosecondsBefore1970AndAfter2038_AreTheSame() => AssertSame("""
        times = (1, 999999999, 1700000000123456789, -1, -1000000001, -2000000000123456789,
                 2147483648000000001, 4102444800987654321, 10000000000000000007)
        for i, ns in enumerate(times):
            put("f%d" % i); os.utime("f%d" % i, ns=(0, ns))
            os.symlink("t", "l%d" % i); os.utime("l%d" % i, ns=(0, ns), follow_symlinks=False)
            os.mkfifo("p%d" % i); os.utime("p%d" % i, ns=(0, ns))
            os.mkdir("d%d" % i); put("d%d/inside" % i); os.utime("d%d" % i, ns=(0, ns))
        """);

    [Fact]
    public void Copy_SymbolicLinks_AreTheSame() => AssertSame("""
        put("file"); os.mkdir("dir")
        os.symlink("file", "relative"); os.symlink("/etc/passwd", "absolute"); os.symlink("nowhere", "dangling")
        os.symlink("dir", "to-dir")
        os.symlink("loop", "loop"); os.symlink("b", "a"); os.symlink("a", "b")
        os.symlink(b"bad\xff\xfetarget\n\x1b", b"not-utf8"); os.symlink(b"t" * 4095, "long"); os.symlink("../../..", "above")
        """);

    [Fact]
    public void Copy_HardLinks_AreJoinedAgain() => AssertSame("""
        os.mkdir("a"); os.mkdir("z")
        put("z/file", b"shared"); os.link("z/file", "a/file"); os.link("z/file", "z/other")
        os.mkfifo("fifo"); os.link("fifo", "a/fifo")
        os.symlink("t", "link"); os.link("link", "z/link", follow_symlinks=False)
        put("alone"); os.link("alone", "../outside")
        """);

    [Fact]
    public void Copy_ExtendedAttributes_AreTheSame() => AssertSame("""
        put("file"); os.mkdir("dir"); os.symlink("x", "link"); os.mkfifo("fifo")
        os.setxattr("file", "user.empty", b""); os.setxattr("file", "user.binary", bytes(range(256)))
        os.setxattr("file", b"user.n\xc3\xa4me \xff\n", b"odd name"); os.setxattr("file", "user.long", b"v" * 3000)
        os.setxattr("file", "trusted.t", b"root only")
        os.setxattr("dir", "user.d", b"1"); os.setxattr("dir", "trusted.d", b"2"); os.chmod("dir", 0o500)
        os.setxattr("link", "trusted.l", b"3", follow_symlinks=False); os.setxattr("fifo", "trusted.p", b"4")
        put("many"); [os.setxattr("many", "user.%03d" % i, b"%d" % i) for i in range(150)]
        """);

    [Fact]
    public void Copy_AccessControlLists_AreTheSame() => AssertSame("""
        def acl(*entries): return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
        NONE = 0xffffffff
        access = acl((1, 7, NONE), (2, 5, 1234), (2, 6, 5678), (4, 5, NONE), (8, 3, 99), (0x10, 7, NONE), (0x20, 1, NONE))
        masked = acl((1, 6, NONE), (2, 7, 1234), (4, 7, NONE), (0x10, 4, NONE), (0x20, 0, NONE))
        put("file", mode=0o640); os.setxattr("file", "system.posix_acl_access", access)
        put("masked", mode=0o600); os.setxattr("masked", "system.posix_acl_access", masked)
        os.mkdir("dir"); os.setxattr("dir", "system.posix_acl_access", access); os.setxattr("dir", "system.posix_acl_default", access)
        os.mkdir("dir/inherits"); put("dir/inherits/file"); os.mkdir("dir/bare")
        os.removexattr("dir/bare", "system.posix_acl_default"); put("dir/bare/file")
        """);

    [Fact]
    public void Copy_FileCapabilities_AreTheSame() => AssertSame("""
        put("tool", b"#!", mode=0o755)
        os.setxattr("tool", "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0))
        put("given", mode=0o755); os.chown("given", 1234, 1234)
        os.setxattr("given", "security.capability", struct.pack("<IIIII", 0x02000000, 1 << 12, 1 << 12, 0, 0))
        """);

    [Fact]
    public void Copy_Holes_StayHolesAndWrittenZerosStayWritten() => AssertSame("""
        def sparse(name, size, *data):
            fd = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644); os.ftruncate(fd, size)
            for offset, content in data: os.pwrite(fd, content, offset)
            os.fsync(fd); os.close(fd)
        zeros = bytes(1 << 20)
        sparse("all-hole", 1 << 20); sparse("lead", 1 << 20, ((1 << 20) - 5, b"tail!")); sparse("trail", 5000000, (0, b"head"))
        sparse("middle", 3 << 20, (0, b"a" * 4096), (2 << 20, b"b" * 70000)); sparse("odd", 12345, (8192, b"x"))
        sparse("zeros", 1 << 20, (0, zeros)); sparse("zeros-and-hole", 3 << 20, (1 << 20, zeros))
        sparse("small-with-attribute", 8192, (4096, b"x" * 4096)); os.setxattr("small-with-attribute", "user.long", b"v" * 3000)
        sparse("comb", 8192 * 300, *((8192 * i, b"tooth") for i in range(300)))
        fd = os.open("reserved", os.O_WRONLY | os.O_CREAT, 0o644); os.posix_fallocate(fd, 0, 65536); os.close(fd)
        """);

    [Fact]
    public void Copy_HoleOfOneTebibyte_TakesNoTime() => AssertSame("""
        fd = os.open("huge", os.O_WRONLY | os.O_CREAT, 0o644); os.ftruncate(fd, 1 << 40)
        os.pwrite(fd, b"middle", 1 << 39); os.fsync(fd); os.close(fd)
        """);

    [Fact]
    public void Copy_FifosSocketsDevices_AreTheSame() => AssertSame("""
        os.mkfifo("fifo", 0o612); os.chmod("fifo", 0o612)
        s = socket.socket(socket.AF_UNIX); s.bind("socket"); os.chmod("socket", 0o750)
        os.mknod("null", stat.S_IFCHR | 0o666, os.makedev(1, 3)); os.mknod("disk", stat.S_IFBLK | 0o660, os.makedev(4095, 1048575))
        os.mknod("zero", stat.S_IFCHR | 0o600, os.makedev(0, 0)); os.chown("disk", 1, 6)
        """);

    [Fact]
    public void Copy_HostileNames_AreTheSame() => AssertSame(""""
        names = [b"\xff\xfe", b"line\nbreak", b"\x1b[31mred", b"..\\x", b"...", b"C:x", b"a\xcc\x88", b"\xc3\xa4",
                 b"n" * 255, b"\xc3\xa4" * 127, b" ", b"-rf", b"tab\t", b"'\"$(x)",
                 b"*", b".", b"con", b"end.", b"\x01\x7f", b"\xed\xa0\x80"]
        for name in names:
            if name != b".": put(name, name)
            os.mkdir(b"d-" + name[:253]); put(b"d-" + name[:253] + b"/inside", name)
        """");

    [Fact]
    public void Copy_OneThousandLevels_AreTheSame() => AssertSame(DeepTree(1000, "level-%d"));

    [Fact]
    public void Copy_TwentyThousandEntries_AreTheSame() => AssertSame("""
        os.mkdir("many")
        for i in range(20000): os.close(os.open("many/%x" % (i * 2654435761 % (1 << 32)), os.O_CREAT | os.O_WRONLY, 0o600))
        """, inMemory: true);

    [Fact]
    public void Copy_OneByteOfMetadataDiffers_IsSeenByTheManifest()
    {
        using var tree = new TreeFixture().Build("""put("file"); os.mkdir("dir")""");
        TreeCopy.Of(tree).Run();
        var before = TreeFixture.Manifest(tree.Target);
        Assert.Equal(TreeFixture.Manifest(tree.Source), before);
        TreeFixture.Run("chmod", ["0754", Path.Combine(tree.Target, "dir")]);
        Assert.NotEqual(before, TreeFixture.Manifest(tree.Target));
    }

    [Fact]
    public void Copy_IntoDirectoryWithDefaultAcl_InheritsNothing()
    {
        using var tree = new TreeFixture().Build("""
            NONE = 0xffffffff
            entries = ((1, 7, NONE), (2, 7, 1234), (4, 7, NONE), (0x10, 7, NONE), (0x20, 7, NONE))
            acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
            os.mkdir("../target"); os.setxattr("../target", "system.posix_acl_default", acl)
            os.makedirs("a/b"); put("a/b/file"); put("top"); os.mkfifo("fifo"); os.symlink("x", "link")
            """);
        var copy = TreeCopy.Of(tree).Run();
        Assert.Empty(copy.Reports.All);
        Assert.Equal(TreeFixture.Manifest(tree.Source, "--no-top"), TreeFixture.Manifest(tree.Target, "--no-top"));
    }

    [Fact]
    public void FinishDirectory_NameHasAnotherIdHere_TakesTheNameUnlessNumeric()
    {
        using var tree = new TreeFixture();
        var entry = new Entry
        {
            Name = "file"u8.ToArray(),
            Kind = EntryKind.File,
            UserId = 31337,
            GroupId = 31338,
            User = "daemon",
            Group = "mail",
        };
        foreach (var numeric in new[] { false, true })
        {
            var path = Encoding.UTF8.GetBytes(tree.Target + numeric);
            using var target = FileTarget.Open(new FileTargetOptions { Path = path, NumericIds = numeric }, new Reports());
            using var file = target.CreateFile(target.Root, entry)!;
            file.Commit();
        }

        Assert.Contains("user=daemon group=mail", TreeFixture.Manifest(tree.Target + false)[1]);
        Assert.Contains("uid=31337 gid=31338", TreeFixture.Manifest(tree.Target + true)[1]);
    }

    private static string DeepTree(int levels, string name) => $$"""
        fd = os.open(".", os.O_RDONLY)
        for level in range({{levels}}):
            name = b"{{name}}" % level
            os.mkdir(name, dir_fd=fd)
            inner = os.open(name, os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd = inner
            if level % 100 == 99:
                file = os.open("file", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=fd); os.write(file, name); os.close(file)
                os.symlink("file", "link", dir_fd=fd)
                os.setxattr(fd, "user.level", name)
        """;

    private static void AssertSame(string script, bool inMemory = false)
    {
        using var tree = new TreeFixture(inMemory).Build(script);
        var copy = TreeCopy.Of(tree).Run();
        Assert.Empty(copy.Reports.All);
        AssertSameManifest(tree);
    }

    private static void AssertSameManifest(TreeFixture tree)
    {
        var source = TreeFixture.Manifest(tree.Source);
        Assert.True(source.Length > 1, "the tree is empty");
        Assert.Equal(source, TreeFixture.Manifest(tree.Target));
    }
}
