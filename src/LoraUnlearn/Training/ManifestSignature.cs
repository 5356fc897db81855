using System.Security.Cryptography;
using System.Text;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Training;

/// <summary>
/// An ECDSA signature beside a manifest, over the SHA-256 of its bytes; the manifest holds the digests of everything else. The file is base64
/// of the DER form, so that <c>base64 -d unlearn_manifest.sig > s; openssl dgst -sha256 -verify public.pem -signature s unlearn_manifest.json</c>
/// checks it as well.
/// </summary>
public static class ManifestSignature
{
    /// <summary>Name of the signature's file.</summary>
    public const string FileName = "unlearn_manifest.sig";

    private const long LongestKey = 1 << 16;
    private const long LongestSignature = 1 << 12;

    /// <summary>Reads a key from a PEM file: a private one to sign, a public or private one to check.</summary>
    /// <param name="path">The file.</param>
    /// <param name="toSign">Whether the private part is needed.</param>
    /// <exception cref="InputException">It holds no such key on an elliptic curve, or the key is encrypted.</exception>
    public static ECDsa ReadKey(string path, bool toSign)
    {
        ECDsa key = ECDsa.Create();
        try
        {
            key.ImportFromPem(Encoding.UTF8.GetString(InputFile.ReadAllBytes(path, LongestKey)));
            if (toSign)
            {
                key.SignHash(new byte[SHA256.HashSizeInBytes]);
            }

            return key;
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            key.Dispose();
            string kind = toSign ? "private" : "public";
            throw new InputException(
                $"{path}: found no {kind} key on an elliptic curve in PEM form, without a password. Make one with: openssl ecparam -name prime256v1 -genkey -noout -out key.pem; openssl ec -in key.pem -pubout -out public.pem", error);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Signs the manifest in an adapter folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="key">A private key.</param>
    /// <exception cref="InputException">There is no manifest, or the signature cannot be written.</exception>
    public static void Write(string folder, ECDsa key)
    {
        byte[] signature = key.SignData(Manifest(folder), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        AtomicFile.WriteAllText(Path.Combine(folder, FileName), Convert.ToBase64String(signature) + "\n");
    }

    /// <summary>Whether a folder has a signature.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Whether the signature in an adapter folder is that of its manifest by a key.</summary>
    /// <param name="folder">The folder, with a signature.</param>
    /// <param name="key">The public key.</param>
    /// <exception cref="InputException">A file is missing, or the signature is no base64.</exception>
    public static bool IsRight(string folder, ECDsa key)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            byte[] signature = Convert.FromBase64String(Encoding.ASCII.GetString(InputFile.ReadAllBytes(path, LongestSignature)));
            return key.VerifyData(Manifest(folder), signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (FormatException error)
        {
            throw new InputException($"{path}: found something else than base64; the signature is damaged.", error);
        }
    }

    private static byte[] Manifest(string folder) => InputFile.ReadAllBytes(Path.Combine(folder, RunFolder.ManifestFile), 1 << 24);
}
