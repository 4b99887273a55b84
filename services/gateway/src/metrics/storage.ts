import type { BlockDeviceUsage, FilesystemCapacity } from '@slipway/contracts';
import { counter, gauge, type MetricDefinition, type MetricSource, type Point } from './definition.js';

const device = ['device'];

function ofFileSystem(read: (capacity: FilesystemCapacity) => bigint) {
  return ({ fileSystem }: MetricSource): readonly Point[] | undefined =>
    fileSystem && [{ labels: [fileSystem.device], value: read(fileSystem) }];
}

function ofDevices(read: (usage: BlockDeviceUsage) => bigint) {
  return ({ detail }: MetricSource): readonly Point[] =>
    detail.blockDevices.map((usage) => ({ labels: [nameOf(usage)], value: read(usage) }));
}

/** Devices without a name must not become one series. */
function nameOf({ device: name, major, minor }: BlockDeviceUsage): string {
  return name || `${major}:${minor}`;
}

export const storage: readonly MetricDefinition[] = [
  gauge(
    'container_fs_usage_bytes',
    'What the container wrote into its root file system.',
    ({ fileSystem, writableLayer }) =>
      fileSystem && writableLayer?.usedBytes && [{ labels: [fileSystem.device], value: writableLayer.usedBytes.value }],
    device,
  ),
  gauge(
    'container_fs_limit_bytes',
    'Size of the file system that holds what containers write.',
    ofFileSystem(({ bytes }) => bytes),
    device,
  ),
  gauge(
    'container_fs_inodes_total',
    'Inodes that the container uses in its root file system.',
    ({ fileSystem, writableLayer }) =>
      fileSystem &&
      writableLayer?.inodesUsed && [{ labels: [fileSystem.device], value: writableLayer.inodesUsed.value }],
    device,
  ),
  gauge(
    'container_fs_inodes_free',
    'Inodes that only the container could use: always 0, as from cAdvisor, because containers share a file system.',
    ofFileSystem(() => 0n),
    device,
  ),
  counter(
    'container_fs_reads_total',
    'Reads from a block device.',
    ofDevices(({ reads }) => reads),
    device,
  ),
  counter(
    'container_fs_reads_bytes_total',
    'Bytes read from a block device.',
    ofDevices(({ readBytes }) => readBytes),
    device,
  ),
  counter(
    'container_fs_writes_total',
    'Writes to a block device.',
    ofDevices(({ writes }) => writes),
    device,
  ),
  counter(
    'container_fs_writes_bytes_total',
    'Bytes written to a block device.',
    ofDevices(({ writeBytes }) => writeBytes),
    device,
  ),
  counter(
    'container_blkio_device_usage_total',
    'Bytes read from and written to a block device.',
    ({ detail }) =>
      detail.blockDevices.flatMap((usage) => {
        const where = [nameOf(usage), String(usage.major), String(usage.minor)];
        return [
          { labels: [...where, 'Read'], value: usage.readBytes },
          { labels: [...where, 'Write'], value: usage.writeBytes },
        ];
      }),
    ['device', 'major', 'minor', 'operation'],
  ),
];
