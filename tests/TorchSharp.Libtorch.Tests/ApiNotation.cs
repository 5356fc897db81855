using System.Globalization;
using System.Reflection;

namespace TorchSharp.Tests;

/// <summary>Prints public members in the notation of torchsharp-api.txt.</summary>
internal static class ApiNotation
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(void)] = "void",
    };

    /// <summary>The heading of a type's section: its name without the namespace, nested ones after a dot.</summary>
    public static string Section(Type type)
    {
        string full = type.FullName ?? type.Name;
        return full["TorchSharp.".Length..].Replace('+', '.');
    }

    /// <summary>Every public member that a type declares.</summary>
    public static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (FieldInfo field in type.GetFields(Declared))
        {
            yield return (field.IsStatic ? "static " : "") + Name(field.FieldType) + " " + field.Name;
        }

        foreach (ConstructorInfo constructor in type.GetConstructors(Declared))
        {
            yield return $"ctor({Parameters(constructor.GetParameters())})";
        }

        foreach (PropertyInfo property in type.GetProperties(Declared))
        {
            // Accessors of any visibility, as the list prints them.
            string accessors = (property.GetMethod is null ? "" : "get;") + (property.SetMethod is null ? "" : "set;");
            yield return $"{Name(property.PropertyType)} {property.Name}[{Parameters(property.GetIndexParameters())}] {{{accessors}}}";
        }

        foreach (MethodInfo method in type.GetMethods(Declared))
        {
            if (method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal))
            {
                continue;
            }

            string generic = method.IsGenericMethodDefinition ? $"<{string.Join(",", method.GetGenericArguments().Select(Name))}>" : "";
            yield return (method.IsStatic ? "static " : "") + $"{Name(method.ReturnType)} {method.Name}{generic}({Parameters(method.GetParameters())})";
        }
    }

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string prefix = parameter.GetCustomAttribute<ParamArrayAttribute>() is null ? "" : "params ";
        string suffix = parameter.HasDefaultValue ? "=" + Default(parameter) : "";
        return $"{prefix}{Name(parameter.ParameterType)} {parameter.Name}{suffix}";
    }

    private static string Default(ParameterInfo parameter) => parameter.DefaultValue switch
    {
        null => "null",
        bool value => value ? "true" : "false",
        object value when parameter.ParameterType.IsEnum => Enum.ToObject(parameter.ParameterType, value).ToString()!,
        object value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return "ref " + Name(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        if (Nullable.GetUnderlyingType(type) is Type underlying)
        {
            return Name(underlying) + "?";
        }

        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        string name = type.Name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(",", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
