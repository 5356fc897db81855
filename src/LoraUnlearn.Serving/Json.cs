using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace LoraUnlearn.Serving.Http;

/// <summary>JSON documents of requests and replies.</summary>
internal static class Json
{
    private const int Deepest = 16;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A document on one line.</summary>
    public static string Text(JsonNode document) => document.ToJsonString(Plain);

    /// <summary>Writes a document as the whole reply.</summary>
    public static Task WriteAsync(HttpResponse response, int status, JsonNode document, CancellationToken cancellation)
    {
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        return response.WriteAsync(Text(document), cancellation);
    }

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="ApiException">It is no JSON.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        // A page of another site can send a browser here, but not with this type without being asked first.
        if (!request.HasJsonContentType())
        {
            throw ApiException.Of(415, "The body must be of type application/json.");
        }

        try
        {
            JsonDocumentOptions options = new() { MaxDepth = Deepest, AllowDuplicateProperties = false };
            return await JsonDocument.ParseAsync(request.Body, options, cancellation).ConfigureAwait(false);
        }
        catch (JsonException error)
        {
            throw ApiException.Invalid($"The body is no JSON object of at most {Deepest} levels (line {error.LineNumber + 1 ?? 1}, byte {error.BytePositionInLine + 1 ?? 1}).");
        }
    }
}
