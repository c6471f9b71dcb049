namespace Afterimage.Planning;

/// <summary>The forward that a planner is asked about.</summary>
/// <param name="Context">Its cache context.</param>
/// <param name="Index">Which forward of its context it is, from 0.</param>
/// <param name="Iteration">Which forward of its history it is: the index, unless contexts share theirs.</param>
/// <param name="Timestep">Its timestep.</param>
/// <param name="LeftOut">The sites that nobody will ask for a value, because another method skips what they are in.</param>
/// <param name="ComputesAll">Whether all sites that are asked are to be computed, because guidance is and the difference of its halves is to be one of fresh values.</param>
internal readonly record struct PlannedForward(
    string Context, int Index, int Iteration, double Timestep, bool[] LeftOut, bool ComputesAll);
