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
      {{- if .values.tag }}
      image: {{ printf "%s:%s" .root.Values.image.repository .values.tag | quote }}
      {{- else }}
      image: {{ include "longshore.image" .root | quote }}
      {{- end }}
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
        {{- if include "longshore.hasSecrets" .root }}
        - name: secrets
          mountPath: /run/secrets/longshore
          readOnly: true
        {{- end }}
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
    {{- if include "longshore.hasSecrets" .root }}
    - name: secrets
      {{- include "longshore.secrets" .root | nindent 6 }}
    {{- end }}
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
