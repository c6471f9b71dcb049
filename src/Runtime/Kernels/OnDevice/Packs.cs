namespace Afterimage.Kernels.OnDevice;

/// <summary>The neighbouring elements that one thread reads or writes in one access.</summary>
internal interface IPack<TSelf, TLanes>
    where TSelf : unmanaged, IPack<TSelf, TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    static abstract TLanes Widen(TSelf pack);

    static abstract TSelf Narrow(TLanes lanes);
}

/// <summary>One element.</summary>
internal readonly struct One<T>(T a) : IPack<One<T>, Lanes1>
    where T : unmanaged, IElement<T>
{
    private readonly T _a = a;

    public static Lanes1 Widen(One<T> pack) => new(T.Widen(pack._a));

    public static One<T> Narrow(Lanes1 lanes) => new(T.Narrow(lanes.A));
}

/// <summary>Four elements, which the compiler loads and stores as one vector.</summary>
internal readonly struct Four<T>(T a, T b, T c, T d) : IPack<Four<T>, Lanes4>
    where T : unmanaged, IElement<T>
{
    private readonly T _a = a, _b = b, _c = c, _d = d;

    public static Lanes4 Widen(Four<T> pack) => new(T.Widen(pack._a), T.Widen(pack._b), T.Widen(pack._c), T.Widen(pack._d));

    public static Four<T> Narrow(Lanes4 lanes) => new(T.Narrow(lanes.A), T.Narrow(lanes.B), T.Narrow(lanes.C), T.Narrow(lanes.D));
}
