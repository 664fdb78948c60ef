using System.Text;
using Backup.Engine.Posix;
using Backup.Engine.Tests.Sources;

namespace Backup.Engine.Tests.Posix;

public sealed class DescriptorCacheTests
{
    private static readonly int Flags = FileSystemCalls.Flags.Directory | FileSystemCalls.Flags.Read;

    [Fact]
    public void Use_DeeperThanTheCapacity_ReopensStepByStepAndKeepsFew()
    {
        using var tree = new TreeFixture().Build("""os.makedirs("/".join(["d"] * 300))""");
        using var cache = Open(tree);
        var nodes = Chain(cache, 300);
        for (var round = 0; round < 2; round++)
        {
            foreach (var node in nodes.Concat(nodes.AsEnumerable().Reverse()))
            {
                using var pin = cache.Use(node);
                Assert.Equal(0, pin.Error);
                FileSystemCalls.Status(pin.Number, out var status);
                node.Identity ??= status.Identity;
                Assert.Equal(node.Identity, status.Identity);
                Assert.True(cache.OpenCount <= 9);
            }
        }
    }

    [Fact]
    public void Use_NameNowIsAnotherDirectory_IsRefused()
    {
        using var tree = new TreeFixture().Build("""os.makedirs("d/d")""");
        using var cache = Open(tree);
        var nodes = Chain(cache, 2);
        using (var pin = cache.Use(nodes[0]))
        {
            FileSystemCalls.Status(pin.Number, out var status);
            nodes[0].Identity = status.Identity;
        }

        cache.Forget(nodes[0]);
        tree.Build("""os.rename("d", "old"); os.makedirs("d/d")""");
        using var again = cache.Use(nodes[0]);
        Assert.Equal(FileSystemCalls.Errno.Stale, again.Error);
        using var below = cache.Use(nodes[1]);
        Assert.Equal(FileSystemCalls.Errno.Stale, below.Error);
    }

    [Fact]
    public void Use_EvictedBeforeItsIdentityWasAsked_IsStillRecognised()
    {
        using var tree = new TreeFixture().Build("""os.mkdir("d"); [os.mkdir("x%d" % i) for i in range(20)]""");
        using var cache = Open(tree);
        var node = Chain(cache, 1)[0];
        cache.Use(node).Dispose();
        for (var i = 0; i < 20; i++) cache.Use(new CachedDescriptor(cache.Top, Encoding.UTF8.GetBytes($"x{i}"), Flags)).Dispose();
        tree.Build("""os.rename("d", "old"); os.mkdir("d")""");
        using var again = cache.Use(node);
        Assert.Equal(FileSystemCalls.Errno.Stale, again.Error);
    }

    [Fact]
    public void Use_ManyThreads_EachGetsItsOwnDirectory()
    {
        using var tree = new TreeFixture().Build("""for i in range(100): os.makedirs("%d/in" % i)""");
        using var cache = Open(tree);
        var nodes = new List<CachedDescriptor>();
        for (var i = 0; i < 100; i++)
        {
            var outer = new CachedDescriptor(cache.Top, Encoding.UTF8.GetBytes($"{i}"), Flags);
            var inner = new CachedDescriptor(outer, "in"u8.ToArray(), Flags);
            using var pin = cache.Use(inner);
            FileSystemCalls.Status(pin.Number, out var status);
            inner.Identity = status.Identity;
            nodes.Add(inner);
        }

        Parallel.For(0, 20_000, i =>
        {
            var node = nodes[i * 7919 % nodes.Count];
            using var pin = cache.Use(node);
            Assert.Equal(0, pin.Error);
            FileSystemCalls.Status(pin.Number, out var status);
            Assert.Equal(node.Identity, status.Identity);
        });
        Assert.True(cache.OpenCount <= 8 + Environment.ProcessorCount + 2);
    }

    [Fact]
    public void PathBelow_TopAndChild_AreJoinedWithSlashes()
    {
        var top = new CachedDescriptor(null, [], 0);
        var inner = new CachedDescriptor(new CachedDescriptor(top, "a"u8.ToArray(), 0), "b"u8.ToArray(), 0);
        Assert.Equal("/", Text(top.PathBelow("/"u8)));
        Assert.Equal("/x", Text(top.PathBelow("/"u8, "x"u8)));
        Assert.Equal("/a/b", Text(inner.PathBelow("/"u8)));
        Assert.Equal("/t/a/b/x", Text(inner.PathBelow("/t"u8, "x"u8)));
        Assert.Equal("/t", Text(top.PathBelow("/t"u8)));
    }

    private static string Text(byte[] path) => Encoding.UTF8.GetString(path);

    private static DescriptorCache Open(TreeFixture tree) =>
        new(FileSystemCalls.OpenAt(FileSystemCalls.CurrentDirectory, tree.SourceBytes, Flags), capacity: 8);

    private static List<CachedDescriptor> Chain(DescriptorCache cache, int levels)
    {
        var nodes = new List<CachedDescriptor>();
        for (var i = 0; i < levels; i++) nodes.Add(new CachedDescriptor(i == 0 ? cache.Top : nodes[i - 1], "d"u8.ToArray(), Flags));
        return nodes;
    }
}
