using Afterimage.Kernels;
using Afterimage.Kernels.Launch;
using Afterimage.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>
/// What is kept of one tensor of a site's result: a ring that belongs to the run, outside every dispose scope and outside autograd, in the layout's type. In it
/// are the last values, or the newest value and its differences, each as if it were older than the one before.
/// </summary>
/// <param name="layout">How they are kept.</param>
/// <param name="isElsewhere">
/// Whether they are copied out and back; where it is not given, if the layout has them in the host's memory and they come from a device.
/// </param>
internal sealed class TensorHistory(SlotLayout layout, bool? isElsewhere = null) : IDisposable
{
    private readonly WeightTables _tables = new();
    private SlotBuffer? _slots;
    private ScalarType _native;

    /// <summary>The bytes of the buffer, if it has been made.</summary>
    public long Bytes => _slots?.Bytes ?? 0;

    /// <summary>How far it has come.</summary>
    public SlotState State { get; set; }

    /// <summary>Whether <paramref name="count"/> values or orders of differences are kept.</summary>
    public bool Holds(int count) => State.Held >= count;

    /// <summary>The shape of the values kept so far, if there are any.</summary>
    public long[]? Shape => _slots?.Shape;

    /// <summary>The bytes that the buffer will have for values like this one.</summary>
    public long BytesFor(Tensor value)
    {
        var rows = value.shape is [.., > 0 and var last] ? value.numel() / last : value.numel();
        return layout.Bytes(value.numel(), rows, TensorMemory.BytesOf(value));
    }

    /// <summary>Keeps a copy of a value: over the oldest, or with its differences from those kept before.</summary>
    /// <param name="value">The value.</param>
    /// <param name="interval">How many forwards it comes after the one kept before.</param>
    public void Store(Tensor value, int interval = 0)
    {
        _native = value.dtype;
        _slots ??= new SlotBuffer(layout, value, isElsewhere ?? (layout.OnHost && value.device_type != DeviceType.CPU));
        if (layout.HoldsDifferences)
            Differentiate(_slots, value, interval);
        else
            Push(_slots, value);
    }

    /// <summary>The newest value, as a fresh view in the current dispose scope; a copy where it is kept in another type than it came in, or elsewhere.</summary>
    public Tensor Reuse() => Read(age: 0);

    /// <summary>The value of an age, or the difference of an order, handed out as <see cref="Reuse"/> does.</summary>
    public Tensor Read(int age) => _slots!.Read(_slots.Values.PlaceOf(State.Newest, age), _native);

    /// <summary>
    /// Combines the newest values into one that takes the place of the oldest, and returns it as <see cref="Reuse"/> would.
    /// </summary>
    public Tensor Combine(ReadOnlySpan<double> weights)
    {
        var slots = _slots!;
        if (slots is { Dtype: not null, IsElsewhere: false })
        {
            var next = NextPlace(slots);
            Kernels.Combine.Into(slots.Values[next], slots.Values, State.Newest, weights, _tables);
            State = State.Pushed(layout.Values);
            return Reuse();
        }
        using var scope = NewDisposeScope();
        var value = Combined(slots, weights, slots.Dtype ?? _native);
        Push(slots, value);
        return (slots.Dtype is null ? Reuse() : value.to(_native)).MoveToOuterDisposeScope();
    }

    /// <summary>Combines the newest values, or the value and its differences, and leaves them as they are. A fresh tensor in the current dispose scope.</summary>
    public Tensor Predict(ReadOnlySpan<double> weights) => Combined(_slots!, weights, _native);

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots?.Dispose();
        _tables.Dispose();
        (_slots, State) = (null, default);
    }

    /// <summary>Fʲ⁺¹ = (Fʲ − the Fʲ before) / interval, from F⁰ = value: each is rounded to the buffer's type only once it is kept.</summary>
    private void Differentiate(SlotBuffer slots, Tensor value, int interval)
    {
        using var scope = NewDisposeScope();
        var difference = value;
        for (var order = 0; order < layout.Values; order++)
        {
            var place = slots.Values.PlaceOf(newest: 0, order);
            var next = interval > 0 && order + 1 < layout.Values && Holds(order + 1)
                ? difference.Minus(slots.Read(place, _native)).Over(interval)
                : null;
            slots.Write(place, difference);
            if (next is null)
                break;
            difference = next;
        }
        State = State.Differentiated(layout.Values, interval);
    }

    private void Push(SlotBuffer slots, Tensor value)
    {
        var next = NextPlace(slots);
        slots.Write(next, value);
        State = State.Pushed(layout.Values);
    }

    private int NextPlace(SlotBuffer slots) => slots.Values.PlaceOf(State.Newest, age: -1);

    private Tensor Combined(SlotBuffer slots, ReadOnlySpan<double> weights, ScalarType dtype)
    {
        var result = empty(slots.Shape, dtype, slots.Device);
        if (slots.Dtype == dtype && !slots.IsElsewhere)
        {
            Kernels.Combine.Into(result, slots.Values, State.Newest, weights, _tables);
            return result;
        }
        using var terms = Terms(slots, weights.Length, dtype);
        Kernels.Combine.Into(result, terms, terms.Count - 1, weights, _tables);
        return result;
    }

    /// <summary>The newest values in a type, where they are used, the newest last. The caller owns them.</summary>
    private Ring Terms(SlotBuffer slots, int count, ScalarType dtype)
    {
        var terms = new Ring(count, slots.Shape, dtype, slots.Device);
        for (var age = 0; age < count; age++)
        {
            using var value = slots.Read(slots.Values.PlaceOf(State.Newest, age), dtype);
            terms[count - 1 - age].Copy_(value);
        }
        return terms;
    }
}
