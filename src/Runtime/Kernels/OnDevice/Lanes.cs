namespace Afterimage.Kernels.OnDevice;

/// <summary>The float32 values that one thread computes with at once.</summary>
internal interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(float factor, TSelf lanes);

    /// <summary>Of absolute values.</summary>
    static abstract float SumOfMagnitudes(TSelf lanes);
}

/// <summary>One value a thread.</summary>
internal readonly struct Lanes1(float a) : ILanes<Lanes1>
{
    public readonly float A = a;

    public static Lanes1 operator +(Lanes1 left, Lanes1 right) => new(left.A + right.A);

    public static Lanes1 operator -(Lanes1 left, Lanes1 right) => new(left.A - right.A);

    public static Lanes1 operator *(float factor, Lanes1 lanes) => new(factor * lanes.A);

    public static float SumOfMagnitudes(Lanes1 lanes) => ILGPU.IntrinsicMath.Abs(lanes.A);
}

/// <summary>Four values a thread.</summary>
internal readonly struct Lanes4(float a, float b, float c, float d) : ILanes<Lanes4>
{
    public readonly float A = a, B = b, C = c, D = d;

    public static Lanes4 operator +(Lanes4 left, Lanes4 right) =>
        new(left.A + right.A, left.B + right.B, left.C + right.C, left.D + right.D);

    public static Lanes4 operator -(Lanes4 left, Lanes4 right) =>
        new(left.A - right.A, left.B - right.B, left.C - right.C, left.D - right.D);

    public static Lanes4 operator *(float factor, Lanes4 lanes) =>
        new(factor * lanes.A, factor * lanes.B, factor * lanes.C, factor * lanes.D);

    public static float SumOfMagnitudes(Lanes4 lanes) =>
        ILGPU.IntrinsicMath.Abs(lanes.A) + ILGPU.IntrinsicMath.Abs(lanes.B)
        + (ILGPU.IntrinsicMath.Abs(lanes.C) + ILGPU.IntrinsicMath.Abs(lanes.D));
}
