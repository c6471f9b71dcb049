namespace Afterimage.Models;

/// <summary>
/// A computed value kept for the last key asked for, such as the positions of the latents' size: every step of a run asks for the
/// same. Values must be outside of every dispose scope; they are owned here.
/// </summary>
internal sealed class LastValue<TKey, TValue> : IDisposable
    where TKey : struct, IEquatable<TKey>
    where TValue : class, IDisposable
{
    private readonly Lock _lock = new();
    private TKey _key;
    private TValue? _value;

    /// <summary>The value of that key, computed where it is not the last one.</summary>
    public TValue For(TKey key, Func<TValue> compute)
    {
        lock (_lock)
        {
            if (_value is not null && key.Equals(_key))
                return _value;
            _value?.Dispose();
            _value = null;
            (_value, _key) = (compute(), key);
            return _value;
        }
    }

    public void Dispose() => _value?.Dispose();
}
