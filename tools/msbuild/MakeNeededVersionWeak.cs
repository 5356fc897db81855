#nullable enable
using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;

namespace LoraUnlearn.Build;

/// <summary>
/// Copies a 64-bit little-endian ELF library and marks one version that it needs of another library as weak (VER_FLG_WEAK), so
/// that the loader accepts a system without it. Refuses where a symbol other than the given unused one asks for that version.
/// </summary>
public sealed class MakeNeededVersionWeak : Microsoft.Build.Utilities.Task
{
    private const int NeededVersions = 0x6ffffffe; // SHT_GNU_verneed
    private const int SymbolVersions = 0x6fffffff; // SHT_GNU_versym
    private const int DynamicSymbols = 11; // SHT_DYNSYM
    private const ushort Weak = 2; // VER_FLG_WEAK

    private byte[] _file = Array.Empty<byte>();

    /// <summary>The library to read; it is not changed.</summary>
    [Required]
    public string Source { get; set; } = "";

    /// <summary>Where the changed copy goes.</summary>
    [Required]
    public string Destination { get; set; } = "";

    /// <summary>The version that is no longer insisted on.</summary>
    [Required]
    public string Version { get; set; } = "";

    /// <summary>The only symbol that may name that version.</summary>
    [Required]
    public string Symbol { get; set; } = "";

    /// <inheritdoc/>
    public override bool Execute()
    {
        try
        {
            _file = File.ReadAllBytes(Source);
            Edit();
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Destination))!);
            string temporary = Destination + ".new";
            File.WriteAllBytes(temporary, _file);
            File.Delete(Destination);
            File.Move(temporary, Destination);
            return true;
        }
        catch (Exception e) when (e is IOException || e is UnauthorizedAccessException || e is InvalidDataException || e is ArgumentException || e is OverflowException)
        {
            Log.LogError(
                "{0} needs a libstdc++ with {1} (GCC 13 or later), which older systems lack, and could not be made to do without: {2} "
                + "If the file is damaged, delete its package's folder and restore again; else install a newer libstdc++6.", Source, Version, e.Message);
            return false;
        }
    }

    private void Edit()
    {
        if (_file.Length < 64 || _file[0] != 0x7f || _file[1] != 'E' || _file[2] != 'L' || _file[3] != 'F' || _file[4] != 2 || _file[5] != 1)
        {
            throw new InvalidDataException("it is not a 64-bit little-endian ELF file.");
        }

        // The section headers come last in a library as linkers write it.
        if (Int64(40) < 64 || Int64(40) + ((long)UInt16(58) * UInt16(60)) > _file.Length)
        {
            throw new InvalidDataException("it is cut off.");
        }

        long needs = FindSection(NeededVersions), versions = FindSection(SymbolVersions), symbols = FindSection(DynamicSymbols);
        long entry = FindNeededVersion(needs, Names(needs));
        ushort index = UInt16(entry + 6);
        int count = checked((int)(Int64(symbols + 32) / 24));
        for (int i = 0; i < count; i++)
        {
            long symbol = Int64(symbols + 24) + (24L * i);
            string name = Text(Names(symbols) + UInt32(symbol));
            if ((UInt16(Int64(versions + 24) + (2L * i)) & 0x7fff) == index && name != Symbol)
            {
                throw new InvalidDataException("its symbol " + name + " needs that version.");
            }
        }

        _file[entry + 4] |= (byte)Weak;
    }

    // The header of the only section of a type.
    private long FindSection(int type)
    {
        long table = Int64(40);
        int size = UInt16(58), count = UInt16(60);
        for (int i = 0; i < count; i++)
        {
            long header = table + ((long)i * size);
            if (UInt32(header + 4) == (uint)type)
            {
                return header;
            }
        }

        throw new InvalidDataException("it has no section of type 0x" + type.ToString("x") + ".");
    }

    // Where the string table of a section begins.
    private long Names(long header) => Int64(Int64(40) + (UInt32(header + 40) * (long)UInt16(58)) + 24);

    private long FindNeededVersion(long header, long names)
    {
        long library = Int64(header + 24);
        for (uint next; ; library += next)
        {
            long entry = library + UInt32(library + 8);
            for (uint step; ; entry += step)
            {
                if (Text(names + UInt32(entry + 8)) == Version)
                {
                    return entry;
                }

                // Zero ends a list; offsets only go forward, so that a damaged one ends with the file.
                step = UInt32(entry + 12);
                if (step == 0)
                {
                    break;
                }
            }

            next = UInt32(library + 12);
            if (next == 0)
            {
                throw new InvalidDataException("it does not name that version.");
            }
        }
    }

    private string Text(long at)
    {
        int end = Array.IndexOf(_file, (byte)0, checked((int)at));
        return Encoding.ASCII.GetString(_file, (int)at, end - (int)at);
    }

    private ushort UInt16(long at) => BitConverter.ToUInt16(_file, checked((int)at));

    private uint UInt32(long at) => BitConverter.ToUInt32(_file, checked((int)at));

    private long Int64(long at) => BitConverter.ToInt64(_file, checked((int)at));
}
