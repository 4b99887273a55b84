import type { InterfaceCounters } from '@slipway/contracts';
import { counter, type MetricDefinition } from './definition.js';

function ofInterfaces(name: string, help: string, read: (counters: InterfaceCounters) => bigint): MetricDefinition {
  return counter(
    name,
    help,
    ({ interfaces }) => interfaces?.map((counters) => ({ labels: [counters.name], value: read(counters) })),
    ['interface'],
  );
}

/** A network is the pod's, not a container's. */
export const network: readonly MetricDefinition[] = [
  ofInterfaces('container_network_receive_bytes_total', 'Bytes received.', ({ rxBytes }) => rxBytes),
  ofInterfaces('container_network_receive_packets_total', 'Packets received.', ({ rxPackets }) => rxPackets),
  ofInterfaces('container_network_receive_errors_total', 'Errors while receiving.', ({ rxErrors }) => rxErrors),
  ofInterfaces(
    'container_network_receive_packets_dropped_total',
    'Packets dropped while receiving.',
    ({ rxDropped }) => rxDropped,
  ),
  ofInterfaces('container_network_transmit_bytes_total', 'Bytes sent.', ({ txBytes }) => txBytes),
  ofInterfaces('container_network_transmit_packets_total', 'Packets sent.', ({ txPackets }) => txPackets),
  ofInterfaces('container_network_transmit_errors_total', 'Errors while sending.', ({ txErrors }) => txErrors),
  ofInterfaces(
    'container_network_transmit_packets_dropped_total',
    'Packets dropped while sending.',
    ({ txDropped }) => txDropped,
  ),
];
