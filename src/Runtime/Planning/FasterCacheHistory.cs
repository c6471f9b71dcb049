namespace Afterimage.Planning;

/// <summary>
/// What FasterCache's two hooks remember, with numbers standing for values: which value is the newest of a site (H0), which the
/// one before (H1), and how far the kept guidance difference has been scaled.
/// </summary>
internal sealed class FasterCacheHistory(int sites)
{
    private readonly (int H0, int H1)[] _values = new (int, int)[sites]; // (0, 0): empty
    private readonly bool[] _isDue = new bool[sites];
    private int _lastValue;
    private double _low = 1;
    private double _high = 1;

    public void ResetGuidance() => (_low, _high) = (1, 1);

    public PlanCell SkipGuidance(double low, double high)
    {
        (_low, _high) = (_low * low, _high * high);
        return PlanCell.Predict(_low, _high);
    }

    /// <summary>Whether the site has to be computed when it is next asked for: it was left out when it was to be, or never asked for.</summary>
    public bool IsDue(int site) => IsEmpty(site) || _isDue[site];

    public void LeftOut(int site, bool wasDue) => _isDue[site] |= wasDue;

    /// <summary>The first value counts as both: there is nothing to extrapolate from.</summary>
    public void Computed(int site)
    {
        _isDue[site] = false;
        var value = ++_lastValue;
        _values[site] = (value, IsEmpty(site) ? value : _values[site].H0);
    }

    /// <summary>
    /// The value is H0 + w·(H0 − H1). Where that is H0 itself no arithmetic is planned; either way (H1, H0) becomes (H0, value).
    /// </summary>
    public PlanCell Skipped(int site, double weight)
    {
        var (h0, h1) = _values[site];
        if (h0 == h1 || weight == 0)
        {
            _values[site] = (h0, h0);
            return PlanCell.Reuse;
        }
        _values[site] = (++_lastValue, h0);
        return PlanCell.Combine(1 + weight, -weight);
    }

    private bool IsEmpty(int site) => _values[site].H0 == 0;
}
