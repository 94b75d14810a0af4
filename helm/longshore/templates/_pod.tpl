{{/* What every container may: nothing beyond running as nobody, over a root that cannot be written to. */}}
{{- define "longshore.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "longshore.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* One key of a secret as one file of a projected volume. */}}
{{- define "longshore.secretFile" -}}
- secret:
    name: {{ .secret.name }}
    items:
      - key: {{ .secret.key }}
        path: {{ .path }}
{{- end }}

{{/* Files with secrets, below one folder; the mode lets the pod's group alone read them. */}}
{{- define "longshore.secrets" -}}
projected:
  defaultMode: 0440
  sources:
    {{- if eq .Values.mode "fleet" }}
    {{- include "longshore.secretFile" (dict "secret" .Values.store.secret "path" "store/secret") | nindent 4 }}
    {{- include "longshore.secretFile" (dict "secret" .Values.queue.secret "path" "queue/url") | nindent 4 }}
    {{- include "longshore.secretFile" (dict "secret" .Values.board.secret "path" "board/url") | nindent 4 }}
    {{- end }}
    {{- if .Values.api.linkKeySecret.name }}
    {{- include "longshore.secretFile" (dict "secret" .Values.api.linkKeySecret "path" "link/keys") | nindent 4 }}
    {{- end }}
    {{- with .Values.api.tlsSecret }}
    {{- include "longshore.secretFile" (dict "secret" (dict "name" . "key" "tls.crt") "path" "tls/tls.crt") | nindent 4 }}
    {{- include "longshore.secretFile" (dict "secret" (dict "name" . "key" "tls.key") "path" "tls/tls.key") | nindent 4 }}
    {{- end }}
{{- end }}

{{/* Where a role says that it lives: coordinators by their API, all others by their metrics. */}}
{{- define "longshore.probes" -}}
{{- $api := or (eq .component "coordinator") (eq .component "all-in-one") -}}
{{- $live := dict "path" "/metrics" "port" "metrics" -}}
{{- $ready := $live -}}
{{- if $api -}}
{{- $scheme := empty .root.Values.api.tlsSecret | ternary "HTTP" "HTTPS" -}}
{{- $live = dict "path" "/health/live" "port" "api" "scheme" $scheme -}}
{{- $ready = dict "path" "/health/ready" "port" "api" "scheme" $scheme -}}
{{- end -}}
startupProbe:
  httpGet:
    {{- toYaml $live | nindent 4 }}
  periodSeconds: 2
  failureThreshold: 60
# It asks no backend: a store that is away for a while is no reason to start anew.
livenessProbe:
  httpGet:
    {{- toYaml $live | nindent 4 }}
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    {{- toYaml $ready | nindent 4 }}
  periodSeconds: 10
  # Each backend is waited for up to five seconds.
  timeoutSeconds: 6
  failureThreshold: 3
{{- end }}

{{/* The pod of a component: `root`, `component` (its label), `command`, `values`, `grace`, `data` where it has a volume. */}}
{{- define "longshore.pod" -}}
{{- $api := or (eq .component "coordinator") (eq .component "all-in-one") -}}
metadata:
  labels:
    {{- include "longshore.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    longshore/metrics: "true"
  annotations:
    checksum/configuration: {{ include "longshore.configuration" .root | sha256sum }}
    cluster-autoscaler.kubernetes.io/safe-to-evict: "true"
    {{- with merge (dict) .values.podAnnotations .root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "longshore.serviceAccount" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .grace }}
  securityContext:
    {{- include "longshore.podSecurity" .root | nindent 4 }}
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .values.topologySpread }}
  topologySpreadConstraints:
    {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "longshore.selector" $.root | nindent 10 }}
          app.kubernetes.io/component: {{ $.component }}
    {{- end }}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ include "longshore.image" .root | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [longshore, --config, /etc/longshore/longshore.toml]
      args: {{ toJson .command }}
      workingDir: /tmp
      securityContext:
        {{- include "longshore.containerSecurity" .root | nindent 8 }}
      {{- with .values.env }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        {{- if $api }}
        - name: api
          containerPort: 8080
        {{- end }}
        - name: metrics
          containerPort: 9090
      {{- include "longshore.probes" . | nindent 6 }}
      {{- if $api }}
      lifecycle:
        preStop:
          # Until no proxy sends requests here any more.
          sleep:
            seconds: 5
      {{- end }}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      volumeMounts:
        - name: configuration
          mountPath: /etc/longshore
          readOnly: true
        - name: secrets
          mountPath: /run/secrets/longshore
          readOnly: true
        {{- range .root.Values.secretFiles }}
        - name: secret-{{ .name }}
          mountPath: /run/secrets/longshore-{{ .name }}
          readOnly: true
        {{- end }}
        - name: scratch
          mountPath: /tmp
        {{- if .data }}
        - name: data
          mountPath: /var/lib/longshore
        {{- end }}
        {{- with .values.volumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: configuration
      configMap:
        name: {{ include "longshore.fullname" .root }}
    - name: secrets
      {{- include "longshore.secrets" .root | nindent 6 }}
    {{- range .root.Values.secretFiles }}
    - name: secret-{{ .name }}
      secret:
        secretName: {{ .secretName }}
        defaultMode: 0440
    {{- end }}
    - name: scratch
      emptyDir:
        sizeLimit: {{ .values.scratch }}
    {{- if .data }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ .data }}
    {{- end }}
    {{- with .values.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
