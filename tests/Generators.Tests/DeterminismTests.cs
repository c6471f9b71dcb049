using System.Globalization;
using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

[TestClass]
public sealed class DeterminismTests
{
    [TestMethod]
    public void TwoDrivers_EmitTheSame() => AssertSame(Files(), Files());

    [TestMethod]
    public void Culture_DoesNotShow()
    {
        var expected = Files();
        var before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "minus";
        culture.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            CultureInfo.CurrentCulture = culture;
            AssertSame(expected, Files());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestMethod]
    public void OrderOfFiles_DoesNotShow()
    {
        (string, string)[] files = [("A.cs", Sample.Read(Sample.TwoSites)), ("B.cs", Sample.Read(Sample.ThreeSites))];
        AssertSame(GeneratorRun.Of(Compilations.Of(files)).Files, GeneratorRun.Of(Compilations.Of([.. files.Reverse()])).Files);
    }

    private static IReadOnlyDictionary<string, string> Files() => GeneratorRun.Of(Sample.Read(Sample.TwoSites)).Files;

    private static void AssertSame(IReadOnlyDictionary<string, string> expected, IReadOnlyDictionary<string, string> actual) =>
        Assert.AreSequenceEqual(expected.OrderBy(file => file.Key, StringComparer.Ordinal), actual.OrderBy(file => file.Key, StringComparer.Ordinal));
}
