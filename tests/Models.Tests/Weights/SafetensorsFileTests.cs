using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class SafetensorsFileTests
{
    [TestMethod]
    public void ReadTensor_OfEveryType_GivesWhatWasWritten()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        var values = tensor(new[] { 0.0, 1, 0.5, 3 }).view(2, 2);
        ScalarType[] types =
        [
            ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32,
            ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
        ];
        var written = types.ToDictionary(type => type.ToString(), type => values.to(type));
        written["scalar"] = tensor(7f);
        written["nothing"] = empty(0, 3);
        written["transposed"] = TensorArithmetic.Range(6).view(2, 3).t();
        SafetensorsWriter.Write(folder["all.safetensors"], written, new Dictionary<string, string> { ["author"] = "ünïcode \"quoted\"" });

        using var file = SafetensorsFile.Open(folder["all.safetensors"]);

        Assert.AreEqual("ünïcode \"quoted\"", file.Metadata["author"]);
        Assert.HasCount(written.Count, file.Entries);
        foreach (var (name, expected) in written)
        {
            var actual = file.ReadTensor(name);
            Assert.AreEqual(expected.dtype, actual.dtype, name);
            CollectionAssert.AreEqual(expected.shape, actual.shape, name);
            TensorAssert.Same(expected, actual, name);
        }
    }

    [TestMethod]
    public void CopyTo_AnotherTypeOrLayout_Converts()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        var values = randn(3, 4);
        SafetensorsWriter.Write(folder["x.safetensors"], new Dictionary<string, Tensor> { ["x"] = values });
        using var file = SafetensorsFile.Open(folder["x.safetensors"]);
        var half = zeros(3, 4, dtype: ScalarType.BFloat16);
        var transposed = zeros(4, 3).t();
        var slice = zeros(5, 4);

        file.CopyTo("x", half);
        file.CopyTo("x", transposed);
        file.CopyTo("x", slice.narrow(0, 1, 3));

        TensorAssert.Same(values.to(ScalarType.BFloat16), half);
        TensorAssert.Same(values, transposed);
        TensorAssert.Same(cat([zeros(1, 4), values, zeros(1, 4)], dim: 0), slice);
    }

    [TestMethod]
    public void CopyTo_ATensorLargerThanTheStaging_ReadsAllOfIt()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        const long count = (64 << 20) / 2 + 1000;
        var values = TensorArithmetic.Range(count, ScalarType.Int16);
        SafetensorsWriter.Write(folder["x.safetensors"], new Dictionary<string, Tensor> { ["x"] = values });
        using var file = SafetensorsFile.Open(folder["x.safetensors"]);
        var wide = zeros(count, dtype: ScalarType.Int32);

        file.CopyTo("x", wide);

        Assert.IsTrue((wide == values).all().item<bool>());
        Assert.IsTrue((file.ReadTensor("x") == values).all().item<bool>());
        Assert.ThrowsExactly<OperationCanceledException>(() => file.CopyTo("x", wide, new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void CopyTo_WhereItCannot_SaysWhy()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        SafetensorsWriter.Write(folder["x.safetensors"], new Dictionary<string, Tensor> { ["x"] = zeros(3, 4) });
        using var file = SafetensorsFile.Open(folder["x.safetensors"]);

        Contains("tensor 'x': expected [4, 3], found [3, 4]", Assert.ThrowsExactly<ArgumentException>(() => file.CopyTo("x", zeros(4, 3))));
        Contains("meta", Assert.ThrowsExactly<ArgumentException>(() => file.CopyTo("x", empty(3, 4, device: META))));
        Contains("'y'", Assert.ThrowsExactly<KeyNotFoundException>(() => file.ReadTensor("y")));
    }

    [TestMethod]
    [DataRow("""{"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}""", 4, "tensor 'x': expected 8 bytes for F32 [2], found 4 bytes")]
    [DataRow("""{"x": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}""", 2, "tensor 'x': expected a dtype out of F64, F32")]
    [DataRow("""{"x": {"shape": [2], "data_offsets": [0, 2]}}""", 2, "found none")]
    [DataRow("""{"x": {"dtype": "U8", "shape": 2, "data_offsets": [0, 2]}}""", 2, "tensor 'x': expected an array 'shape'")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2.5], "data_offsets": [0, 2]}}""", 2, "tensor 'x': expected whole numbers from 0 in 'shape', found 2.5")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [-2], "data_offsets": [0, 2]}}""", 2, "found -2")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [2, 0]}}""", 2, "tensor 'x': expected data_offsets [begin, end], found [2, 0]")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [0]}}""", 2, "expected data_offsets [begin, end], found [0]")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [0, 99999999999999999999]}}""", 2, "found 99999999999999999999")]
    [DataRow("""{"x": {"dtype": "F64", "shape": [4611686018427387904], "data_offsets": [0, 2]}}""", 2, "63 bits")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [9223372036854775805, 9223372036854775807]}}""", 2, "inside the file")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}""", 2, "tensor 'x': expected 4 bytes")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}""", 3, "the tensors end at byte")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [1, 3]}}""", 3, "leaves a hole before it")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}, "y": {"dtype": "U8", "shape": [2], "data_offsets": [1, 3]}}""", 3, "tensor 'y': expected data_offsets beginning at 2, found 1, which overlaps")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}, "x": {"dtype": "U8", "shape": [2], "data_offsets": [2, 4]}}""", 4, "'x' is listed twice")]
    [DataRow("""{"x": 5}""", 0, "tensor 'x': expected an object")]
    [DataRow("""{"__metadata__": {"a": 1}}""", 0, "__metadata__.a")]
    [DataRow("""{"__metadata__": []}""", 0, "__metadata__: expected an object of strings, found an array")]
    [DataRow("""{"__metadata__": {"a": "1", "a": "2"}}""", 0, "__metadata__.a is listed twice")]
    [DataRow("""{"__metadata__": {}, "__metadata__": {}}""", 0, "'__metadata__' is listed twice")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2], "dtype": "I8"}}""", 2, "tensor 'x': expected one 'dtype', found two")]
    [DataRow("""{"x": {"dtype": 5, "shape": [2], "data_offsets": [0, 2]}}""", 2, "tensor 'x': expected a string 'dtype', found 5")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2]}}""", 2, "tensor 'x': expected data_offsets [begin, end], found none")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2, 4]}}""", 2, "tensor 'x': expected at most 2 numbers in 'data_offsets', found more")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [-0.0], "data_offsets": [0, 0]}}""", 0, "expected whole numbers from 0 in 'shape', found -0.0")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [0, 4611686018427387904, 4], "data_offsets": [0, 0]}}""", 0, "63 bits")]
    [DataRow("""{"\ud800": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}""", 2, "the header is not JSON")]
    [DataRow("""{"x": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}} {}""", 2, "the header is not JSON")]
    [DataRow("""{"a\u001b[2Jb": 5}""", 0, "tensor 'a\uFFFD[2Jb'")]
    [DataRow("""{"x": """, 0, "the header is not JSON")]
    [DataRow("""[1, 2]""", 0, "does not begin with '{'")]
    [DataRow("", 0, "does not begin with '{'")]
    public void Open_OfAMalformedFile_NamesWhatIsWrong(string header, int dataBytes, string expected)
    {
        using var folder = new ScratchFolder();
        var path = folder["bad.safetensors"];
        Write(path, (ulong)Encoding.UTF8.GetByteCount(header), header, dataBytes);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(path));

        Contains(expected, error);
        Contains(path, error);
    }

    [TestMethod]
    [DataRow(1000UL, "the file has 2 left (truncated?)")]
    [DataRow(100_000_001UL, "at most 100000000 are allowed")]
    [DataRow(ulong.MaxValue, "at most 100000000 are allowed")]
    public void Open_OfATooLongHeader_SaysHowLongItIs(ulong length, string expected)
    {
        using var folder = new ScratchFolder();
        Write(folder["bad.safetensors"], length, "{}", 0);

        Contains(expected, Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(folder["bad.safetensors"])));
    }

    [TestMethod]
    public void Open_OfNothing_SaysSo()
    {
        using var folder = new ScratchFolder();
        File.WriteAllBytes(folder["empty.safetensors"], []);

        Contains("0 bytes", Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(folder["empty.safetensors"])));
        Contains("found a folder", Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(folder.Path)));
        Contains("gone", Assert.ThrowsExactly<FileNotFoundException>(() => SafetensorsFile.Open(folder["gone.safetensors"])));
    }

    [TestMethod]
    public void Open_OfATruncatedFile_IsRefusedAtEveryLength()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        SafetensorsWriter.Write(folder["whole.safetensors"], new Dictionary<string, Tensor> { ["x"] = TensorArithmetic.Range(5), ["y"] = zeros(3) });
        var whole = File.ReadAllBytes(folder["whole.safetensors"]);
        var path = folder["part.safetensors"];
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Contains(path, Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(path), $"{length} bytes"));
        }
    }

    [TestMethod]
    public void Open_OfAHeaderThatIsNotUtf8_SaysSo()
    {
        using var folder = new ScratchFolder();
        File.WriteAllBytes(folder["bad.safetensors"], [5, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)'}']);

        Contains("not UTF-8", Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(folder["bad.safetensors"])));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Open_OfAPipeOrADevice_IsRefusedAndDoesNotWait()
    {
        using var folder = new ScratchFolder();
        using (var process = Process.Start("mkfifo", folder["pipe.safetensors"]))
            process.WaitForExit();
        File.CreateSymbolicLink(folder["link.safetensors"], folder["pipe.safetensors"]);
        File.CreateSymbolicLink(folder["index.safetensors.index.json"], folder["pipe.safetensors"]);

        foreach (var path in (string[])[folder["pipe.safetensors"], folder["link.safetensors"], "/dev/zero", "/dev/full"])
            Contains("a pipe or device", Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.Open(path)));
        Contains("a pipe or device", Assert.ThrowsExactly<InvalidDataException>(
            () => SafetensorsCheckpoint.Open(folder["index.safetensors.index.json"])));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Open_OfALink_ReadsWhatItLeadsTo()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        SafetensorsWriter.Write(folder["blob"], new Dictionary<string, Tensor> { ["x"] = TensorArithmetic.Range(5) });
        File.CreateSymbolicLink(folder["x.safetensors"], folder["blob"]);
        File.CreateSymbolicLink(folder["broken.safetensors"], folder["gone"]);

        using var file = SafetensorsFile.Open(folder["x.safetensors"]);

        TensorAssert.Same(TensorArithmetic.Range(5), file.ReadTensor("x"));
        Contains("gone", Assert.ThrowsExactly<FileNotFoundException>(() => SafetensorsFile.Open(folder["broken.safetensors"])));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)] // Windows does not let an open file shrink.
    public void ReadTensor_OfAFileThatShrank_SaysSoAndLeavesNoTensor()
    {
        using var folder = new ScratchFolder();
        using (NewDisposeScope())
            SafetensorsWriter.Write(folder["x.safetensors"], new Dictionary<string, Tensor> { ["x"] = TensorArithmetic.Range(1000) });
        using var file = SafetensorsFile.Open(folder["x.safetensors"]);
        Process.Start("truncate", ["-s", "100", folder["x.safetensors"]]).WaitForExit();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Contains("written to meanwhile?", Assert.ThrowsExactly<InvalidDataException>(() => file.ReadTensor("x")));

        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void Write(string path, ulong length, string header, int dataBytes)
    {
        using var stream = File.Create(path);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length);
        stream.Write(prefix);
        stream.Write(Encoding.UTF8.GetBytes(header));
        stream.Write(new byte[dataBytes]);
    }

    private static void Contains(string expected, Exception error) => StringAssert.Contains(error.Message, expected);
}
