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
