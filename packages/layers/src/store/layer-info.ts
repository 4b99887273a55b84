/** Where a layer came from, and as which blob; each was compared with the layer's diffID on this node. */
export interface LayerOrigin {
  /** The registry of the reference that was pulled. */
  readonly registry: string;
  /** The blob's digest. */
  readonly blob: string;
  /** It came without credentials: whoever reaches that registry has it. */
  readonly open: boolean;
  /** The node's operator put it there for all, by loading an archive. */
  readonly preloaded: boolean;
}

/** The store's knowledge about a committed layer; the content of its `layer.json`. */
export interface LayerInfo {
  /** Digest of the uncompressed tar archive, `sha256:<hex>` (OCI image spec, config.md, rootfs.diff_ids). */
  readonly diffID: string;
  /** Bytes on disk as `du` counts them: blocks of 512 bytes, hard links once, with the layer's own directory. */
  readonly size: number;
  /** Inodes on disk, hard links once, with the layer's own directory. */
  readonly inodes: number;
  /** Length of the uncompressed tar archive in bytes. */
  readonly archiveSize: number;
  /** Digest of the blob it came from, where the caller gave it. */
  readonly blobDigest?: string | undefined;
  /** Where it came from first; absent in layers from before this was noted. */
  readonly origin?: LayerOrigin | undefined;
  /** Length of that blob in bytes. */
  readonly blobSize: number;
  /** True once the file system was synced after the layer's last byte was written. */
  readonly synced: boolean;
  /** /proc/sys/kernel/random/boot_id of the boot that wrote it. */
  readonly bootID: string;
  /** The archive's root directory is opaque: layers below it must not be stacked (overlay ignores the mark on a root). */
  readonly opaqueRoot: boolean;
  /**
   * Directories that the archive uses but has no entry for, relative paths with one byte per
   * character (latin1). They are 0755 root:root here; in an overlay such a directory hides the
   * attributes of the same directory in a lower layer, so who stacks layers must copy those up.
   */
  readonly impliedDirectories: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** Sum over all committed layers. */
export interface LayerUsage {
  readonly bytes: number;
  readonly inodes: number;
  readonly layers: number;
}

/** Bounds on what an archive may ask for; each break is LIMIT_EXCEEDED and names the limit. */
export interface LayerLimits {
  /** Bytes of the uncompressed archive, and bytes of file content within it. */
  readonly maxBytes: number;
  /** Uncompressed bytes per blob byte; asked only past 1 GiB, since small layers of zeros are common. */
  readonly maxRatio: number;
  readonly maxEntries: number;
  /** Components of a path. */
  readonly maxDepth: number;
  /** Bytes of a path; below PATH_MAX by so much that the store's own path fits before it. */
  readonly maxPath: number;
  /** Bytes of all extended headers of one entry (PAX records, long names, sparse maps). */
  readonly maxExtended: number;
  /** Bytes of the paths of all directories, which are kept in memory until the end. */
  readonly maxDirectoryBytes: number;
  /** Bytes of the paths of LayerInfo.impliedDirectories, which every user of the layer reads. */
  readonly maxImpliedBytes: number;
}

export const defaultLimits: LayerLimits = {
  maxBytes: 256 * 2 ** 30,
  maxRatio: 1100,
  maxEntries: 4_000_000,
  maxDepth: 512,
  maxPath: 3072,
  // Go's archive/tar, which most runtimes unpack with, reads no more either (maxSpecialFileSize).
  maxExtended: 2 ** 20,
  maxDirectoryBytes: 128 * 2 ** 20,
  maxImpliedBytes: 8 * 2 ** 20,
};
