import { join } from 'node:path';
import type { Place } from '../place.js';

/** The list with which containerd and CRI-O are usually run: bridge with ipMasq, host-local, portmap. */
export function peersList(place: Place): string {
  return JSON.stringify({
    cniVersion: '1.0.0',
    name: place.name,
    plugins: [
      {
        type: 'bridge',
        bridge: place.bridge,
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: join(place.directory, 'root/cni'),
          ranges: [[{ subnet: place.subnet }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}
