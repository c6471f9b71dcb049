using System.Security.Cryptography;
using System.Text;

namespace Afterimage.Server;

/// <summary>A user's key.</summary>
/// <param name="Name">Who has it, for logs.</param>
/// <param name="Secret">What requests bring as <c>Authorization: Bearer</c>.</param>
public sealed record ApiKey(string Name, string Secret)
{
    // What a guess per microsecond would not find in a lifetime, if it is drawn at random.
    private const int ShortestSecret = 16;

    /// <summary>Whose jobs are the key's: a digest of the secret, which is itself written nowhere.</summary>
    internal string Owner => OwnerOf(Secret);

    /// <summary>Reads a file with a user a line: a name, a space and a secret. Empty lines and those that begin with # are none.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line has another form, or there is none.</exception>
    public static IReadOnlyList<ApiKey> Load(string path)
    {
        var keys = new List<ApiKey>();
        foreach (var (index, line) in RegularFile.ReadText(path).Split('\n').Index())
        {
            var words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
                continue;
            keys.Add(words is [var name, var secret]
                ? new ApiKey(name, secret)
                : throw new InvalidDataException($"{path}: line {index + 1}: expected a name, a space and a secret, found {words.Length} words"));
        }
        return keys.Count > 0 ? keys : throw new InvalidDataException($"{path}: expected a key a line, found none");
    }

    /// <summary>The digest of a secret.</summary>
    internal static string OwnerOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)).AsSpan(0, 16));

    internal void Validate()
    {
        if (Secret.Length < ShortestSecret || Secret.Any(character => character is <= ' ' or > '~'))
            throw new ArgumentException($"The key of '{Name}': expected a secret of {ShortestSecret} or more visible ASCII characters, as `openssl rand -hex 24` makes one.");
    }

    /// <summary>Without the secret.</summary>
    public override string ToString() => Name;
}
