/** Where the kubelet finds Slipway. */
export const slipwayEndpoint = 'unix:///run/slipway/slipway.sock';

/** Flags that left the kubelet with dockershim in 1.24: one that still has them does not start. */
export const dockershimFlags = [
  'network-plugin',
  'cni-bin-dir',
  'cni-conf-dir',
  'cni-cache-dir',
  'docker-endpoint',
  'image-pull-progress-deadline',
  'network-plugin-mtu',
  'pod-infra-container-image',
] as const;
