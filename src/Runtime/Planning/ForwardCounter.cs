namespace Afterimage.Planning;

/// <summary>Counts forwards: how many a context has had, and how many have gone into the history that it uses.</summary>
internal sealed class ForwardCounter(bool shared)
{
    private readonly Dictionary<string, int> _perContext = [];
    private int _total;

    /// <summary>Counts one forward of <paramref name="context"/> and returns both counts before it.</summary>
    public (int Index, int Iteration) Next(string context)
    {
        _perContext.TryGetValue(context, out var index);
        _perContext[context] = index + 1;
        return (index, shared ? _total++ : index);
    }
}
