using System.Text;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class SafetensorsHeaderFuzzTests
{
    private const int Cases = 1_000_000;

    /// <summary>Far above what any of these headers needs, the pools' first rents included, and far below what their numbers claim.</summary>
    private const long MaxAllocated = 1 << 20;

    private static readonly (byte[] Json, int DataBytes)[] WellFormed =
    [
        (Utf8("""{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"a.bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}}"""), 32),
        (Utf8("""{"x": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}  """), 8),
        (Utf8("""{"s":{"shape":[],"data_offsets":[0,8],"dtype":"I64"},"e":{"dtype":"U8","shape":[0,3],"data_offsets":[8,8],"note":{"k":[1,"ü",null]}}}"""), 8),
        (Utf8("{}"), 0),
    ];

    [TestMethod]
    public void Parse_OfWellFormedHeaders_GivesTheirTensors()
    {
        foreach (var (json, dataBytes) in WellFormed)
            CheckTiles(SafetensorsHeader.Parse("f", json, 8 + json.Length + dataBytes).Entries.Values, json, 8 + json.Length + dataBytes);
    }

    [TestMethod]
    public void Parse_OfAMillionSpoiledHeaders_GivesTensorsOrSaysWhatIsWrong()
    {
        var (good, bad) = (0, 0);
        for (var seed = 0; seed < Cases; seed++)
        {
            var (json, fileLength) = new HeaderMutator(seed).Next(WellFormed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var (entries, _) = SafetensorsHeader.Parse("f", json, fileLength);
                CheckTiles(entries.Values, json, fileLength);
                good++;
            }
            catch (InvalidDataException)
            {
                bad++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, {Encoding.UTF8.GetString(json)}\n{e}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > MaxAllocated)
                Assert.Fail($"seed {seed}: {allocated} bytes for a header of {json.Length}");
        }

        // Both ways are taken often, or the mutations say nothing.
        Assert.IsGreaterThan(Cases / 50, good);
        Assert.IsGreaterThan(Cases / 2, bad);
    }

    [TestMethod]
    [DataRow("[")]
    [DataRow("{\"dtype\":")]
    [DataRow("{\"shape\":[")]
    public void Parse_OfDeepNesting_IsRefused(string level)
    {
        var json = Utf8("{\"x\":" + string.Concat(Enumerable.Repeat(level, 1_000_000)));

        Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsHeader.Parse("f", json, 8 + json.Length));
    }

    [TestMethod]
    public void Parse_OfHugeTextsAndLists_AllocatesLittleAndShowsLittle()
    {
        const int length = 20_000_000;
        byte[][] headers =
        [
            Utf8("""{"x":{"dtype":"U8","shape":[""" + string.Concat(Enumerable.Repeat("1,", length / 2)) + """1],"data_offsets":[0,1]}}"""),
            Utf8("""{"x":{"dtype":"U8","shape":[""" + new string('1', length) + """],"data_offsets":[0,1]}}"""),
            Utf8("""{"x":{"dtype":"U8","shape":""" + new string(' ', length) + """{}}}"""),
        ];
        foreach (var json in headers)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();

            var message = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsHeader.Parse("f", json, 9 + json.Length)).Message;

            Assert.IsLessThan(5L * length, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.IsLessThan(1000, message.Length);
        }
    }

    /// <summary>What a parsed header promises: every tensor within the file, none over another, sizes as shapes say.</summary>
    private static void CheckTiles(IEnumerable<SafetensorsEntry> entries, byte[] json, long fileLength)
    {
        long end = SafetensorsHeader.Prefix + json.Length;
        foreach (var entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Length))
        {
            if (entry.Offset != end || entry.Length != entry.Shape.Aggregate((long)SafetensorsDtype.Size(entry.Dtype), (a, b) => checked(a * b)))
                throw new InvalidOperationException(entry.ToString());
            end += entry.Length;
        }

        if (end != fileLength)
            throw new InvalidOperationException($"ends at {end} of {fileLength}");
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
