using Google.Protobuf;

namespace Afterimage.Models;

/// <summary>
/// A SentencePiece model as its file holds it (<c>sentencepiece_model.proto</c>): what the tokenizer library does not tell, and the
/// one setting of T5's models that it does not take.
/// </summary>
internal sealed class SentencePieceModel
{
    private const int Pieces = 1;
    private const int TrainerSpec = 2;
    private const int BeginId = 41;

    private SentencePieceModel(byte[] readable, int pieceCount) => (Readable, PieceCount) = (readable, pieceCount);

    /// <summary>
    /// The model for <c>SentencePieceTokenizer.Create</c>, which fails where there is no begin token (<c>bos_id</c> −1, as in T5's
    /// models); without the field it works, and gives SentencePiece's own ids.
    /// </summary>
    public byte[] Readable { get; }

    /// <summary>The number of pieces, control tokens included.</summary>
    public int PieceCount { get; }

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidDataException">It is none; the message names the file.</exception>
    public static SentencePieceModel FromFile(string path)
    {
        var file = RegularFile.ReadBytes(path);
        try
        {
            var pieces = 0;
            var readable = Copied(file, tag =>
            {
                pieces += tag == Pieces ? 1 : 0;
                return tag == TrainerSpec ? spec => Copied(spec, field => field == BeginId ? null : Same) : Same;
            });
            return pieces > 0 ? new SentencePieceModel(readable, pieces) : throw new InvalidDataException("it holds no pieces");
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: not a SentencePiece model: {e.Message}", e);
        }
    }

    private static byte[] Same(byte[] message) => message;

    /// <summary>A copy of a message, field by field, each message in it changed, or the field left out where there is no change.</summary>
    private static byte[] Copied(byte[] message, Func<int, Func<byte[], byte[]>?> changeOf)
    {
        using var copy = new MemoryStream(message.Length);
        var input = new CodedInputStream(message);
        using (var output = new CodedOutputStream(copy, leaveOpen: true))
        {
            for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                var change = changeOf(WireFormat.GetTagFieldNumber(tag));
                switch (WireFormat.GetTagWireType(tag))
                {
                    case WireFormat.WireType.Varint:
                        var number = input.ReadUInt64();
                        Write(change, () => output.WriteUInt64(number));
                        break;
                    case WireFormat.WireType.Fixed32:
                        var bits = input.ReadFixed32();
                        Write(change, () => output.WriteFixed32(bits));
                        break;
                    case WireFormat.WireType.Fixed64:
                        var longBits = input.ReadFixed64();
                        Write(change, () => output.WriteFixed64(longBits));
                        break;
                    case WireFormat.WireType.LengthDelimited:
                        var bytes = input.ReadBytes().ToByteArray();
                        Write(change, () => output.WriteBytes(ByteString.CopyFrom(change!(bytes))));
                        break;
                    default:
                        throw new InvalidDataException($"field {WireFormat.GetTagFieldNumber(tag)} is of an unknown kind");
                }

                void Write(Func<byte[], byte[]>? kept, Action write)
                {
                    if (kept is null)
                        return;
                    output.WriteTag(tag);
                    write();
                }
            }
        }
        return copy.ToArray();
    }
}
