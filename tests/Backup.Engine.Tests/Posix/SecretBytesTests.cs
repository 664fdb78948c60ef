using Backup.Engine.Posix;

namespace Backup.Engine.Tests.Posix;

public sealed class SecretBytesTests
{
    [Fact]
    public void Dispose_OverwritesTheBytes()
    {
        var secret = SecretBytes.CopyOf("secret"u8);
        var view = secret.Span;
        Assert.Equal("secret"u8.ToArray(), view.ToArray());

        secret.Dispose();

        Assert.Equal(new byte[6], view.ToArray());
    }

    [Fact]
    public void Span_AfterDispose_Throws()
    {
        var secret = SecretBytes.Draw(32);
        secret.Dispose();

        Assert.Throws<ObjectDisposedException>(() => secret.Span.Length);
    }

    [Fact]
    public void ToString_ShowsTheLengthOnly() => Assert.Equal("secret of 6 bytes", SecretBytes.CopyOf("secret"u8).ToString());

    [Fact]
    public void EqualTo_ComparesAllBytes()
    {
        using var secret = SecretBytes.CopyOf("secret"u8);

        Assert.True(secret.EqualTo("secret"u8));
        Assert.False(secret.EqualTo("secreT"u8));
        Assert.False(secret.EqualTo("secret "u8));
    }
}
