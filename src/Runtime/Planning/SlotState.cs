namespace Afterimage.Planning;

/// <summary>How far a slot has come. All that is kept in it lies where this says.</summary>
/// <param name="Newest">The place of the newest value in the slot's ring.</param>
/// <param name="Held">How many values, or a value with orders of its differences, are held.</param>
internal readonly record struct SlotState(int Newest, int Held)
{
    /// <summary>After a forward.</summary>
    /// <param name="cell">What it did at the slot's site.</param>
    /// <param name="layout">How the slot keeps values.</param>
    public SlotState After(PlanCell cell, SlotLayout layout) => !cell.Stores || layout.Values == 0 ? this
        : layout.HoldsDifferences ? Differentiated(layout.Values, cell.Interval)
        : Pushed(layout.Values);

    /// <summary>After another value was kept.</summary>
    /// <param name="values">How many there is room for.</param>
    public SlotState Pushed(int values) => new((Newest + 1) % values, Math.Min(Held + 1, values));

    /// <summary>After another value was kept with its differences, which are one order more where there was a value before.</summary>
    /// <param name="values">How many there is room for.</param>
    /// <param name="interval">How many forwards after the one before; 0 for none.</param>
    public SlotState Differentiated(int values, int interval) => new(0, interval > 0 ? Math.Min(Held + 1, values) : Math.Max(Held, 1));
}
