using System.Text.Json.Nodes;

namespace LoraUnlearn.Serving.Http;

/// <summary>A request that gets an error, in the form that OpenAI's clients understand.</summary>
internal sealed class ApiException : Exception
{
    private ApiException(int status, string message, string type, string? parameter, string? code)
        : base(message)
    {
        Status = status;
        Type = type;
        Parameter = parameter;
        Code = code;
    }

    /// <summary>HTTP status.</summary>
    public int Status { get; }

    /// <summary>Kind of error.</summary>
    public string Type { get; }

    /// <summary>The field that it is about, or null.</summary>
    public string? Parameter { get; }

    /// <summary>Name of the error, or null.</summary>
    public string? Code { get; }

    /// <summary>Bad request.</summary>
    public static ApiException Invalid(string message, string? parameter = null, string? code = null) => new(400, message, "invalid_request_error", parameter, code);

    /// <summary>Something is not there, not so, or too much.</summary>
    public static ApiException Of(int status, string message, string? code = null, string? parameter = null) =>
        new(status, message, status == 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error", parameter, code);

    /// <summary>What the client gets.</summary>
    public JsonObject Document() => new()
    {
        ["error"] = new JsonObject { ["message"] = Message, ["type"] = Type, ["param"] = Parameter, ["code"] = Code },
    };
}
