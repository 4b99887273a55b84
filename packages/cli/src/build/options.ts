export interface BuildOptions {
  /** Files of a PodSandboxConfig and a ContainerConfig, as crictl takes them. */
  pod: string;
  container: string;
  image?: string;
  imageConfig?: string;
  handler?: string;
  output?: string;
  specOnly?: boolean;
}
