using System.Buffers;

namespace Afterimage.Models;

/// <summary>
/// Brings a text into the form that a SentencePiece model was trained on: characters replaced, blanks put together and marked.
/// Source: SentencePiece <c>normalizer.cc</c>.
/// </summary>
/// <param name="model">The model.</param>
internal sealed class PieceNormalizer(SentencePieceModel model)
{
    private const byte Blank = (byte)' ';

    /// <summary>Symbols of the user's are never replaced.</summary>
    private readonly PieceTable _symbols = new(
        model.Pieces.Index().Where(piece => piece.Item.Kind == PieceKind.UserDefined).Select(piece => (piece.Item.Text, piece.Index)));

    /// <summary>What a blank is written as: U+2581, or itself.</summary>
    private ReadOnlySpan<byte> Mark => model.EscapeBlanks ? "\u2581"u8 : " "u8;

    /// <summary>The normal form of a text in UTF-8; nothing of a text that is all blank.</summary>
    public byte[] Normalize(ReadOnlySpan<byte> text)
    {
        if (model.RemoveExtraBlanks)
        {
            while (!text.IsEmpty && Next(text, out var taken) is [Blank])
                text = text[taken..];
        }
        if (text.IsEmpty)
            return [];

        var normal = new ArrayBufferWriter<byte>(text.Length * 2);
        if (model is { AddDummyPrefix: true, BlankAsSuffix: false })
            normal.Write(Mark);
        var afterBlank = model.RemoveExtraBlanks;
        while (!text.IsEmpty)
        {
            var next = Next(text, out var taken);
            text = text[taken..];
            if (afterBlank)
                next = next.TrimStart(Blank);
            foreach (ref readonly var value in next)
                normal.Write(value == Blank ? Mark : new ReadOnlySpan<byte>(in value));
            if (!next.IsEmpty)
                afterBlank = model.RemoveExtraBlanks && next[^1] == Blank;
        }

        var result = normal.WrittenSpan;
        while (model.RemoveExtraBlanks && result.EndsWith(Mark))
            result = result[..^Mark.Length];
        return model is { AddDummyPrefix: true, BlankAsSuffix: true } ? [.. result, .. Mark] : result.ToArray();
    }

    /// <summary>What the beginning of a text becomes, and how many bytes that beginning has.</summary>
    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, out int taken)
    {
        var symbol = 0;
        _symbols.PrefixesOf(text, (length, _) => symbol = length);
        if (symbol > 0)
        {
            taken = symbol;
            return text[..symbol];
        }
        var replacement = model.CharacterMap.Longest(text, out taken);
        if (taken > 0)
            return replacement;
        taken = Math.Min(Utf8Length.Of(text[0]), text.Length);
        return text[..taken];
    }
}
