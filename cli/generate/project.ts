import type { NewFile } from './files.ts'

/** What a project with workers needs beside its code: settings, and ways to keep workers running. */
export function projectFiles(name: string, queues: readonly string[]): NewFile[] {
  const list = queues.join(' ')
  return [
    { path: 'rq.config.json', text: `${JSON.stringify({ queues, concurrency: 5 }, null, 2)}\n` },
    { path: 'deploy/rqworker@.service', text: unit(name, list) },
    { path: 'deploy/Dockerfile', text: dockerfile() },
    { path: 'deploy/kubernetes.yaml', text: kubernetes(name) },
  ]
}

/** `systemctl enable --now rqworker@{1..4}` starts four. */
function unit(name: string, queues: string): string {
  return `# Copy to /etc/systemd/system/, then: systemctl enable --now rqworker@1 rqworker@2
[Unit]
Description=${name} worker %i
After=network-online.target
Wants=network-online.target

[Service]
WorkingDirectory=/srv/${name}
Environment=NODE_ENV=production
EnvironmentFile=-/etc/${name}.env
ExecStart=/srv/${name}/node_modules/.bin/rqworker ${queues}
# SIGTERM lets jobs end for 25 s, then gives them back; systemd must not be less patient.
KillSignal=SIGTERM
KillMode=mixed
TimeoutStopSec=40
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`
}

function dockerfile(): string {
  return `# docker build -f deploy/Dockerfile -t worker . && docker run -e REDIS_URL=redis://host:6379 worker
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /srv/app
COPY package*.json ./
RUN npm ci --omit=dev
COPY . .
USER node
# Without a shell between, so that SIGTERM reaches the worker. docker stop --time 40 leaves it the time to end its jobs.
ENTRYPOINT ["node_modules/.bin/rqworker"]
`
}

function kubernetes(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}-worker
spec:
  replicas: 2
  selector:
    matchLabels: { app: ${name}-worker }
  template:
    metadata:
      labels: { app: ${name}-worker }
    spec:
      # More than the 25 s that a worker gives its jobs to end.
      terminationGracePeriodSeconds: 40
      containers:
        - name: worker
          image: ${name}-worker
          env:
            - name: REDIS_URL
              valueFrom: { secretKeyRef: { name: ${name}, key: redis-url } }
          resources:
            requests: { cpu: 250m, memory: 256Mi }
            limits: { memory: 512Mi }
`
}
