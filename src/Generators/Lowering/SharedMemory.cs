namespace Afterimage.Generators.Lowering;

/// <summary>The forward pass over a body that follows whose memory each variable may be.</summary>
internal static class SharedMemory
{
    // The memory of parameters, which the caller sees.
    private const int Callers = -1;

    /// <summary>
    /// Whether a later statement writes to memory that a site's result shares with its argument, where one of the two is seen after it without
    /// the other being so: a result that is reused shares nothing.
    /// </summary>
    public static bool IsTornApart(
        BlockSpec block, int site, IReadOnlyList<string> argument, int statement, IReadOnlyList<string> written, IReadOnlyList<string> parameters)
    {
        var shared = Memory(block, site, argument, parameters);
        var memory = Before(block, statement, parameters);
        var touched = new HashSet<int>(written.SelectMany(variable => Of(memory, variable)));
        if (!shared.Overlaps(touched))
        {
            return false;
        }

        var liveness = Liveness.OfBody(block);
        var seen = memory.Where(held => liveness.IsLiveAfter(statement, held.Key) && held.Value.Overlaps(shared)).Select(held => held.Value.Contains(site));
        return touched.Contains(site) ? shared.Contains(Callers) || seen.Contains(false) : seen.Contains(true);
    }

    private static HashSet<int> Memory(BlockSpec block, int statement, IReadOnlyList<string> variables, IReadOnlyList<string> parameters)
    {
        var memory = Before(block, statement, parameters);
        return [.. variables.SelectMany(variable => Of(memory, variable))];
    }

    /// <summary>Whether what a statement did to the memory of <paramref name="variables"/> may be seen after it, but in its own result.</summary>
    public static bool IsSeenAfter(BlockSpec block, int statement, IReadOnlyList<string> variables, IReadOnlyList<string> parameters)
    {
        var memory = Before(block, statement, parameters);
        var touched = new HashSet<int>(variables.SelectMany(variable => Of(memory, variable)));
        var liveness = Liveness.OfBody(block);
        return touched.Contains(Callers)
            || memory.Any(held => liveness.IsLiveAfter(statement, held.Key)
                && !block.Statements[statement].Kills.Contains(held.Key) && held.Value.Overlaps(touched));
    }

    // What a statement writes into a variable may be new, under the statement's number, or shared.
    private static Dictionary<string, HashSet<int>> Before(BlockSpec block, int statement, IReadOnlyList<string> parameters)
    {
        var memory = parameters.ToDictionary(parameter => parameter, _ => new HashSet<int> { Callers }, StringComparer.Ordinal);
        for (var i = 0; i < statement; i++)
        {
            var spec = block.Statements[i];
            var incoming = spec.Aliases
                .Where(alias => alias.Target.Length > 0)
                .Select(alias => (alias.Target, Memory: Of(memory, alias.Source).ToArray()))
                .ToArray();
            foreach (var variable in spec.Writes)
            {
                var held = spec.Kills.Contains(variable) ? [] : Of(memory, variable);
                memory[variable] = [.. held, i];
            }

            foreach (var (target, shared) in incoming)
            {
                memory[target] = [.. Of(memory, target), .. shared];
            }
        }

        return memory;
    }

    private static HashSet<int> Of(Dictionary<string, HashSet<int>> memory, string variable) =>
        memory.TryGetValue(variable, out var held) ? held : [];
}
