namespace Afterimage;

/// <summary>Where a forward is left if its stacks are skipped: after their first blocks and before their last, which always run.</summary>
/// <param name="Head">How many blocks of the first stack run before the decision.</param>
/// <param name="Tail">How many blocks of the last stack run after it.</param>
public readonly record struct StackGate(int Head, int Tail);
