namespace Afterimage.Server.Working;

/// <summary>The pipelines that are served, by their names.</summary>
internal sealed class ModelCatalog(ServerOptions options) : IDisposable
{
    private readonly IReadOnlyList<ServedModel> _all = [.. options.Models.Select(folder => new ServedModel(folder, options))];

    /// <summary>All, the default first.</summary>
    public IReadOnlyList<ServedModel> All => _all;

    /// <summary>When they began to be served.</summary>
    public DateTimeOffset Since { get; } = DateTimeOffset.UtcNow;

    /// <summary>The model of a name; <see langword="null"/> where there is none.</summary>
    public ServedModel? Find(string name) => _all.FirstOrDefault(model => model.Name == name);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var model in _all)
            model.Dispose();
    }
}
