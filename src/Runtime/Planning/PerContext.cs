namespace Afterimage.Planning;

/// <summary>What a planner remembers of each cache context, or once of all where they share their history.</summary>
internal sealed class PerContext<T>(bool shared, Func<T> create)
{
    private readonly Dictionary<string, T> _values = [];

    public T this[string context]
    {
        get
        {
            var owner = shared ? "" : context;
            if (!_values.TryGetValue(owner, out var value))
                _values[owner] = value = create();
            return value;
        }
        set => _values[shared ? "" : context] = value;
    }
}
