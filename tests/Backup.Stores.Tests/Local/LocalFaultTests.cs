using Backup.Engine.Posix;
using Backup.Engine.Stores;
using Backup.Stores.Local;

namespace Backup.Stores.Tests.Local;

public sealed class LocalFaultTests
{
    [Theory]
    [InlineData(Errno.ENOSPC, nameof(Access.Write), StoreFault.Full)]
    [InlineData(Errno.EDQUOT, nameof(Access.Write), StoreFault.Full)]
    [InlineData(Errno.EROFS, nameof(Access.Write), StoreFault.ReadOnly)]
    [InlineData(Errno.EACCES, nameof(Access.Write), StoreFault.ReadOnly)]
    [InlineData(Errno.EACCES, nameof(Access.Read), StoreFault.Denied)]
    [InlineData(Errno.EACCES, nameof(Access.Look), StoreFault.Denied)]
    [InlineData(Errno.EIO, nameof(Access.Read), StoreFault.Damaged)]
    [InlineData(Errno.EIO, nameof(Access.Look), StoreFault.Unreachable)]
    [InlineData(Errno.EIO, nameof(Access.Write), StoreFault.Unreachable)]
    [InlineData(Errno.EMFILE, nameof(Access.Read), StoreFault.Unreachable)]
    [InlineData(Errno.ESTALE, nameof(Access.Read), StoreFault.Unreachable)]
    public void Of_ErrorNumber_DependsOnWhatWasDone(Errno errno, string access, StoreFault expected) =>
        Assert.Equal(expected, LocalFault.Of(errno, Enum.Parse<Access>(access)));
}
