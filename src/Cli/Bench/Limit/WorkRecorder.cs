using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>Records the work of steps, and keeps every distinct piece of it to be done alone.</summary>
internal sealed class WorkRecorder : IDisposable
{
    private readonly Dictionary<string, LoneProduct> _products = [];
    private readonly Dictionary<string, LonePass> _passes = [];
    private StepWork _step = new();
    private Product? _last;

    private IEnumerable<LoneWork> All => [.. _products.Values, .. _passes.Values];

    /// <summary>Watches one run.</summary>
    /// <param name="model">What runs.</param>
    /// <param name="run">Runs it, and calls what it is given after each step.</param>
    /// <returns>The work of every step.</returns>
    public IReadOnlyList<StepWork> Record(nn.Module model, Action<Action> run)
    {
        var steps = new List<StepWork>();
        using var watch = new ProductWatch(model, (_, product) => Add(product));
        run(() =>
        {
            steps.Add(_step);
            (_step, _last) = (new StepWork(), null);
        });
        return steps;
    }

    /// <summary>Does every piece once.</summary>
    /// <returns>The seconds of each.</returns>
    public IReadOnlyDictionary<LoneWork, double> Seconds()
    {
        using var noGradient = no_grad();
        return All.ToDictionary(work => work, work => work.Seconds());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var work in All)
            work.Dispose();
    }

    /// <summary>
    /// Counts a product, and what has to be written before it and read after it. Nothing has to where a product reads what the one before it read, an
    /// attention its values, or the layer behind an attention the result of that.
    /// </summary>
    private void Add(Product product)
    {
        using var noGradient = no_grad();
        var key = LoneProduct.KeyOf(product);
        if (_products.TryGetValue(key, out var known))
            known.Add(product.Layer);
        else
            _products[key] = known = new LoneProduct(product);
        _step.Add(known, 1);

        var isAttention = known.Kind == WorkKind.Attention;
        if (_last?.Layer is not ScaledDotProductAttention)
        {
            foreach (var input in isAttention ? product.Inputs.Take(2) : product.Inputs)
            {
                if (_last?.Inputs.Any(other => ReferenceEquals(other, input)) != true)
                    AddHalfPass(input);
            }
        }
        if (!isAttention)
            AddHalfPass(product.Output);
        _last = product;
    }

    private void AddHalfPass(Tensor tensor)
    {
        var key = LonePass.KeyOf(tensor);
        if (!_passes.TryGetValue(key, out var pass))
            _passes[key] = pass = new LonePass(tensor);
        _step.Add(pass, 0.5);
    }
}
