using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Afterimage.Server.Http;

/// <summary>The fields of a request, of JSON or of a form, where numbers may be texts in both. What was not asked for in the end is refused.</summary>
internal sealed class RequestFields
{
    private const string Nested = "extra_params";
    private readonly Dictionary<string, string> _values = [];
    private readonly HashSet<string> _asked = [];

    private RequestFields()
    {
    }

    /// <summary>Reads a request's body.</summary>
    /// <exception cref="ApiException">It is neither, or has another form.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, or comes too slowly.</exception>
    public static async Task<RequestFields> Read(HttpRequest request, RequestLimits limits, CancellationToken cancellationToken)
    {
        var fields = new RequestFields();
        if (request.HasFormContentType)
            await fields.ReadForm(request, limits, cancellationToken);
        else if (request.HasJsonContentType())
            await fields.ReadJson(request, limits, cancellationToken);
        else
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Expected a body of application/json or multipart/form-data.");
        if (fields._values.Remove(Nested, out var nested))
            fields.AddNested(nested, limits);
        return fields;
    }

    /// <summary>A text; <see langword="null"/> where there is none.</summary>
    public string? Text(string name)
    {
        _asked.Add(name);
        return _values.GetValueOrDefault(name);
    }

    /// <summary>A whole number; <see langword="null"/> where there is none.</summary>
    public T? Whole<T>(string name, T least, T most)
        where T : struct, IBinaryInteger<T>
    {
        if (Text(name) is not { } text)
            return null;
        return T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw ApiException.Invalid(name, $"Expected {name} to be a whole number of {least} to {most}.");
    }

    /// <summary>A number; <see langword="null"/> where there is none.</summary>
    public double? Real(string name, double least, double most)
    {
        if (Text(name) is not { } text)
            return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw ApiException.Invalid(name, string.Create(CultureInfo.InvariantCulture, $"Expected {name} to be a number of {least} to {most}."));
    }

    /// <summary>Refuses a request that asks for more than what was looked at.</summary>
    /// <exception cref="ApiException">It does.</exception>
    public void RefuseOthers()
    {
        if (_values.Keys.FirstOrDefault(name => !_asked.Contains(name)) is not { } unknown)
            return;
        var shown = unknown.Length <= 64 && unknown.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-') ? $" '{unknown}'" : "";
        throw new ApiException(StatusCodes.Status400BadRequest, "unknown_parameter", $"Unknown parameter{shown}: expected {string.Join(", ", _asked)}.") { Param = unknown.Length <= 64 ? unknown : null };
    }

    private async Task ReadForm(HttpRequest request, RequestLimits limits, CancellationToken cancellationToken)
    {
        const int MostFields = 64;
        request.HttpContext.Features.Set<IFormFeature>(new FormFeature(request, new FormOptions
        {
            ValueCountLimit = MostFields,
            KeyLengthLimit = 256,
            ValueLengthLimit = limits.BodyBytes,
            MultipartBodyLengthLimit = limits.BodyBytes,
            MultipartHeadersLengthLimit = 4096,
        }));
        try
        {
            var form = await request.ReadFormAsync(cancellationToken);
            foreach (var (name, values) in form)
                Add(name, values is [var only] ? only : throw Malformed($"'{name}' is given {values.Count} times"));
            if (form.Files.Count > 0)
                throw new ApiException(StatusCodes.Status400BadRequest, "unsupported_parameter", "Expected no file: no pipeline here begins with a picture.") { Param = "input_reference" };
        }
        catch (InvalidDataException exception)
        {
            throw Malformed(exception.Message);
        }
    }

    private async Task ReadJson(HttpRequest request, RequestLimits limits, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, Strict(limits), cancellationToken);
            AddAll(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw Malformed($"it is no JSON: {exception.Message}");
        }
    }

    private void AddNested(string text, RequestLimits limits)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Strict(limits));
            AddAll(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw ApiException.Invalid(Nested, $"Expected {Nested} to be an object in JSON: {exception.Message}");
        }
    }

    private void AddAll(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw Malformed("expected an object");
        try
        {
            foreach (var property in json.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null))
                Add(property.Name, property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : property.Value.GetRawText());
        }
        catch (InvalidOperationException)
        {
            throw Malformed("a text has half of a character in it");
        }
    }

    private void Add(string name, string? value)
    {
        if (!_values.TryAdd(name, value ?? ""))
            throw Malformed("a field is given twice");
    }

    private static JsonDocumentOptions Strict(RequestLimits limits) => new() { MaxDepth = limits.JsonDepth, AllowDuplicateProperties = false };

    private static ApiException Malformed(string why) => new(StatusCodes.Status400BadRequest, "malformed_body", $"The body cannot be read: {why}");
}
