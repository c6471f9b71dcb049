using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// The shapes, dtypes and devices of a forward's tensors. A forward unlike the first of its run would read history of
/// another shape; where that broadcasts, nothing else would notice.
/// </summary>
internal sealed class InputSignature
{
    private readonly (long[] Shape, ScalarType Dtype, Device Device)?[] _inputs;

    private InputSignature((long[], ScalarType, Device)?[] inputs) => _inputs = inputs;

    /// <summary>The signature of some inputs.</summary>
    public static InputSignature Of(ReadOnlySpan<Tensor?> inputs)
    {
        var signature = new (long[], ScalarType, Device)?[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
            signature[i] = inputs[i] is { } input ? (input.shape, input.dtype, input.device) : null;
        return new InputSignature(signature);
    }

    /// <summary>Throws where <paramref name="inputs"/> differ.</summary>
    /// <param name="inputs">The inputs of a forward.</param>
    /// <param name="names">Their parameter names.</param>
    /// <param name="where">The forward, for the message.</param>
    public void Check(ReadOnlySpan<Tensor?> inputs, IReadOnlyList<string> names, string where)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            if (Matches(_inputs[i], inputs[i]))
                continue;
            var came = inputs[i] is { } input ? Describe((input.shape, input.dtype, input.device)) : Describe(null);
            throw new InvalidOperationException(
                $"{where}: expected '{names[i]}' to be {Describe(_inputs[i])} as in this run's first forward, got {came}. "
                + $"Begin another run with {nameof(ICacheableModel.BeginRun)}, or call {nameof(ICacheableModel.ResetCache)}.");
        }
    }

    private static bool Matches((long[] Shape, ScalarType Dtype, Device Device)? expected, Tensor? input) =>
        expected is { } e
            ? input is not null && input.dtype == e.Dtype && input.shape.AsSpan().SequenceEqual(e.Shape)
                && input.device_type == e.Device.type && input.device_index == e.Device.index
            : input is null;

    private static string Describe((long[] Shape, ScalarType Dtype, Device Device)? input) =>
        input is { } i ? $"[{string.Join(", ", i.Shape)}] {i.Dtype} on {i.Device}" : "null";
}
