{{- define "longshore.operator" -}}
{{ include "longshore.fullname" . }}-operator
{{- end }}

{{/* Where the operator asks: what is named, else the service of the release. */}}
{{- define "longshore.operatorUrl" -}}
{{- if .Values.operator.url -}}
{{ .Values.operator.url }}
{{- else -}}
{{- $scheme := empty .Values.api.tlsSecret | ternary "http" "https" -}}
{{ printf "%s://%s.%s.svc:%d/" $scheme (include "longshore.fullname" .) .Release.Namespace (int .Values.api.service.port) }}
{{- end -}}
{{- end }}

{{/* What the operator is told. It knows of no store and no queue. */}}
{{- define "longshore.operatorConfiguration" -}}
[operator]
{{- include "longshore.keys" (dict
  "url" (include "longshore.operatorUrl" .)
  "token_file" "/run/secrets/longshore/operator/token"
  "namespace" (eq .Values.operator.scope "namespace" | ternary .Release.Namespace "")
  "interval" .Values.operator.interval) }}

[telemetry]
{{- include "longshore.keys" (dict
  "log" .Values.telemetry.log
  "log_format" .Values.telemetry.logFormat
  "otlp_endpoint" .Values.telemetry.otlpEndpoint
  "metrics_listen" "0.0.0.0:9090") }}
{{- end }}
