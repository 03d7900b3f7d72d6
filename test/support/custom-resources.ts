// What the manifests use of two definitions that kubernetes-types does not have: fewer members than the definitions of
// CloudNativePG (1.28 to 1.30) and of the Prometheus operator hold, and none that they do not hold.

interface Metadata {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
}

/** https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/#cluster */
export interface Cluster {
  apiVersion: 'postgresql.cnpg.io/v1';
  kind: 'Cluster';
  metadata: Metadata;
  spec: {
    instances: number;
    imageName: string;
    primaryUpdateStrategy: 'unsupervised' | 'supervised';
    bootstrap: {
      initdb: { database: string; owner: string; encoding: string; localeCollate: string; localeCType: string };
    };
    postgresql: {
      synchronous: {
        method: 'any' | 'first';
        number: number;
        dataDurability: 'required' | 'preferred';
        failoverQuorum: boolean;
      };
      parameters: Record<string, string>;
      pg_hba: string[];
    };
    affinity: { enablePodAntiAffinity: boolean; podAntiAffinityType: 'required' | 'preferred'; topologyKey: string };
    storage: { size: string };
    walStorage: { size: string };
    resources: { requests: { cpu: string; memory: string }; limits: { memory: string } };
  };
}

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor */
export interface ServiceMonitor {
  apiVersion: 'monitoring.coreos.com/v1';
  kind: 'ServiceMonitor';
  metadata: Metadata;
  spec: {
    jobLabel: string;
    selector: { matchLabels: Record<string, string> };
    endpoints: { port: string; path: string; interval: `${number}s`; scrapeTimeout: `${number}s` }[];
  };
}
