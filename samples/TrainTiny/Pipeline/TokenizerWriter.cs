using System.Text.Json;
using Afterimage;
using Google.Protobuf;
using TrainTiny.Scenes;

namespace TrainTiny.Pipeline;

/// <summary>
/// Writes the tokenizer: a SentencePiece model that has a piece for every word of a caption (<c>sentencepiece_model.proto</c>), and its
/// settings as transformers reads them.
/// </summary>
internal static class TokenizerWriter
{
    private const string Blank = "\u2581"; // SentencePiece's sign for a blank

    // Of ModelProto.SentencePiece.Type.
    private const int Normal = 1, Unknown = 2, Control = 3;

    /// <summary>All pieces in the order of their ids, those of T5's control tokens first.</summary>
    public static IReadOnlyList<(string Piece, int Type)> Pieces { get; } =
    [
        ("<pad>", Control), ("</s>", Control), ("<unk>", Unknown),
        .. SceneCaption.Vocabulary.Select(word => (Blank + word, Normal)),
        (".", Normal), (Blank, Normal),
    ];

    /// <summary>Writes <c>spiece.model</c> and <c>tokenizer_config.json</c>.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var model = Message(model =>
        {
            foreach (var (piece, type) in Pieces)
            {
                Add(model, 1, Message(fields =>
                {
                    Add(fields, 1, piece);
                    fields.WriteTag(2, WireFormat.WireType.Fixed32);
                    fields.WriteFloat(type == Normal ? -1 : 0); // words are equally likely
                    Add(fields, 3, type);
                }));
            }
            Add(model, 2, Message(trainer =>
            {
                Add(trainer, 3, 1); // unigram
                Add(trainer, 4, Pieces.Count);
                Add(trainer, 40, 2); // unk_id
                Add(trainer, 41, -1); // bos_id: there is none
                Add(trainer, 42, 1); // eos_id
                Add(trainer, 43, 0); // pad_id
                Add(trainer, 45, "<unk>");
                Add(trainer, 47, "</s>");
                Add(trainer, 48, "<pad>");
            }));
            Add(model, 3, Message(normalizer => Add(normalizer, 1, "identity")));
        });
        WholeFile.Write(Path.Combine(folder, "spiece.model"), stream => stream.Write(model));
        WholeFile.WriteText(
            Path.Combine(folder, "tokenizer_config.json"),
            JsonSerializer.Serialize(new { tokenizer_class = "T5Tokenizer", eos_token = "</s>", pad_token = "<pad>", unk_token = "<unk>", extra_ids = 0 }));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
            write(output);
        return bytes.ToArray();
    }

    private static void Add(CodedOutputStream message, int field, byte[] inner)
    {
        message.WriteTag(field, WireFormat.WireType.LengthDelimited);
        message.WriteBytes(ByteString.CopyFrom(inner));
    }

    private static void Add(CodedOutputStream message, int field, string text)
    {
        message.WriteTag(field, WireFormat.WireType.LengthDelimited);
        message.WriteString(text);
    }

    private static void Add(CodedOutputStream message, int field, int number)
    {
        message.WriteTag(field, WireFormat.WireType.Varint);
        message.WriteInt32(number);
    }
}
