using Google.Protobuf;

namespace Afterimage.Models;

/// <summary>What a piece of a SentencePiece model stands for, numbered as in <c>sentencepiece_model.proto</c>.</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>One piece of a SentencePiece model; its id is its place in the model.</summary>
internal sealed record Piece(byte[] Text, float Score, PieceKind Kind);

/// <summary>
/// A SentencePiece model as its file holds it (<c>sentencepiece_model.proto</c>), as far as the ids of a text depend on it.
/// </summary>
internal sealed class SentencePieceModel
{
    private const int Unigram = 1;

    private readonly List<Piece> _pieces = [];
    private int _type = Unigram;

    private SentencePieceModel()
    {
    }

    /// <summary>The pieces by their ids.</summary>
    public IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>The id of what has no piece: 2 in T5 and mT5, elsewhere where a start token comes before it.</summary>
    public int UnknownId { get; private set; }

    /// <summary>Whether characters without a piece are given as the pieces of their bytes.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>Whether the blank that stands at the beginning of words stands at their end instead.</summary>
    public bool BlankAsSuffix { get; private set; }

    /// <summary>Whether a blank is put before a text.</summary>
    public bool AddDummyPrefix { get; private set; } = true;

    /// <summary>Whether blanks at the ends, and beside other blanks, are left out.</summary>
    public bool RemoveExtraBlanks { get; private set; } = true;

    /// <summary>Whether blanks are written as U+2581.</summary>
    public bool EscapeBlanks { get; private set; } = true;

    /// <summary>What characters are replaced by, before a text is cut.</summary>
    public CharacterMap CharacterMap { get; private set; } = CharacterMap.Empty;

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidDataException">It is none, or none that T5 could have; the message names the file.</exception>
    public static SentencePieceModel FromFile(string path)
    {
        var file = RegularFile.ReadBytes(path);
        try
        {
            var model = new SentencePieceModel();
            Read(new CodedInputStream(file), (field, input) => field switch
            {
                1 => model.Add(Message(input)),
                2 => Read(Message(input), model.ReadTraining),
                3 => Read(Message(input), model.ReadNormalization),
                _ => false,
            });
            model.Check();
            return model;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: not a SentencePiece model that can be used here: {e.Message}", e);
        }
    }

    private bool Add(CodedInputStream message)
    {
        var (text, score, kind) = (Array.Empty<byte>(), 0f, PieceKind.Normal);
        Read(message, (field, input) =>
        {
            switch (field)
            {
                case 1:
                    text = input.ReadBytes().ToByteArray();
                    return true;
                case 2:
                    score = input.ReadFloat();
                    return true;
                case 3:
                    kind = (PieceKind)input.ReadEnum();
                    return true;
                default:
                    return false;
            }
        });
        _pieces.Add(new Piece(text, score, kind));
        return true;
    }

    private bool ReadTraining(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 3:
                _type = input.ReadEnum();
                return true;
            case 24:
                BlankAsSuffix = input.ReadBool();
                return true;
            case 35:
                ByteFallback = input.ReadBool();
                return true;
            default:
                return false;
        }
    }

    private bool ReadNormalization(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 2:
                CharacterMap = CharacterMap.Parse(input.ReadBytes().Span);
                return true;
            case 3:
                AddDummyPrefix = input.ReadBool();
                return true;
            case 4:
                RemoveExtraBlanks = input.ReadBool();
                return true;
            case 5:
                EscapeBlanks = input.ReadBool();
                return true;
            default:
                return false;
        }
    }

    private void Check()
    {
        if (_pieces.Count == 0)
            throw new InvalidDataException("it holds no pieces");
        if (_type != Unigram)
            throw new InvalidDataException($"expected the unigram model that T5 has (model_type 1), found model_type {_type}");
        if (_pieces.FindIndex(piece => piece.Text.Length == 0) is >= 0 and var empty)
            throw new InvalidDataException($"piece {empty} is empty");
        if (_pieces.FindIndex(piece => !float.IsFinite(piece.Score)) is >= 0 and var odd)
            throw new InvalidDataException($"piece {odd} has the score {_pieces[odd].Score}");
        if (_pieces.Count(piece => piece.Kind == PieceKind.Unknown) is not 1 and var unknown)
            throw new InvalidDataException($"expected one unknown piece, found {unknown}");
        UnknownId = _pieces.FindIndex(piece => piece.Kind == PieceKind.Unknown);
        var bytes = _pieces.Where(piece => piece.Kind == PieceKind.Byte).Select(ByteOf).Distinct().Count();
        if (bytes != (ByteFallback ? 256 : 0))
            throw new InvalidDataException($"expected {(ByteFallback ? "256 byte pieces, as byte_fallback is set" : "no byte piece, as byte_fallback is not set")}; found {bytes}");
    }

    /// <summary>The byte of a piece such as <c>&lt;0x0A&gt;</c>.</summary>
    public static byte ByteOf(Piece piece) =>
        piece.Text is [(byte)'<', (byte)'0', (byte)'x', var high, var low, (byte)'>']
        && byte.TryParse([high, low], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value)
            ? value
            : throw new InvalidDataException("a byte piece is not of the form <0x0A>");

    private static CodedInputStream Message(CodedInputStream input) => new(input.ReadBytes().ToByteArray());

    /// <summary>Reads a message field by field; what <paramref name="take"/> does not take is passed over.</summary>
    private static bool Read(CodedInputStream input, Func<int, CodedInputStream, bool> take)
    {
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (!take(WireFormat.GetTagFieldNumber(tag), input))
                input.SkipLastField();
        }
        return true;
    }
}
