namespace Afterimage.Models;

/// <summary>
/// What operations one after the other hold at most, as <see cref="OwnedTensor.Then"/> frees: the input of all of them is there to the end, and what is in
/// between until the next operation is done.
/// </summary>
/// <param name="Output">What comes out.</param>
/// <param name="Peak">The most bytes that are there at once, with the input and the output.</param>
/// <param name="Kept">The bytes that are kept for the frames after these.</param>
internal readonly record struct Footprint(Extent Output, double Peak, double Kept = 0)
{
    private double Given { get; init; }

    private double Held { get; init; }

    /// <summary>No operation yet.</summary>
    public static Footprint Of(Extent input) => new(input, input.Bytes) { Given = input.Bytes };

    /// <summary>One operation that makes a tensor of another.</summary>
    public static Footprint Of(Extent input, Extent output) => new(output, input.Bytes + output.Bytes);

    /// <summary>And then a layer.</summary>
    public Footprint Then(Func<Extent, Footprint> layer)
    {
        var next = layer(Output);
        return new(next.Output, Math.Max(Peak, Held + next.Peak), Kept + next.Kept) { Given = Given, Held = Given };
    }

    /// <summary>And then a layer, where there is one.</summary>
    public Footprint Then(IMeasured? layer) => layer is null ? this : Then(layer.Measure);

    /// <summary>And then layers.</summary>
    public Footprint Then(IEnumerable<IMeasured> layers) => layers.Aggregate(this, (sofar, layer) => sofar.Then(layer.Measure));

    /// <summary>And then an operation that makes a tensor of this size.</summary>
    public Footprint Then(Extent output) => Then(input => Of(input, output));

    /// <summary>And then norms, activations and the like, each of which makes a tensor of the same size.</summary>
    public Footprint ThenEach(int operations) => Enumerable.Range(0, operations).Aggregate(this, (sofar, _) => sofar.Then(sofar.Output));

    /// <summary>And then a sum with the input, or with what a layer makes of it.</summary>
    public Footprint ThenPlus(Footprint? shortcut = null)
    {
        var sum = Given + (shortcut is null ? 2 : 3) * Output.Bytes;
        return this with { Peak = Math.Max(Math.Max(Peak, sum), (shortcut?.Peak ?? 0) + Output.Bytes) };
    }

    /// <summary>With frames that are kept for those after these.</summary>
    public Footprint Keeping(Extent frames) => this with { Kept = Kept + frames.Bytes };
}
