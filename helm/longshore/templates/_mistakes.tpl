{{/* Mistakes that no schema sees, told all at once. */}}
{{- define "longshore.mistakes" -}}
{{- $mistakes := list -}}
{{- if eq .Values.mode "fleet" -}}
{{- $needed := dict
  "store.bucket" .Values.store.bucket
  "store.accessKeyId" .Values.store.accessKeyId
  "store.secret.name" .Values.store.secret.name
  "queue.secret.name" .Values.queue.secret.name
  "board.secret.name" .Values.board.secret.name
  "api.linkKeySecret.name" .Values.api.linkKeySecret.name -}}
{{- range $key, $value := $needed -}}
{{- if not $value -}}
{{- $mistakes = append $mistakes (printf "%s is needed in a fleet; a trial does without: mode=all-in-one" $key) -}}
{{- end -}}
{{- end -}}
{{- $secretKey := eq .Values.keda.ask "scaling" | ternary "tokenSecret" "rabbitmqSecret" -}}
{{- $secret := index .Values.keda $secretKey -}}
{{- range $role := list "worker" "agent" -}}
{{- $scaling := (index $.Values $role).autoscaling -}}
{{- $triggers := index $.Values.keda (printf "%sTriggers" $role) -}}
{{- if and (eq $scaling.kind "keda") (not $triggers) (not $secret.name) -}}
{{- $mistakes = append $mistakes (printf "keda.%s.name or keda.%sTriggers is needed to scale by KEDA" $secretKey $role) -}}
{{- end -}}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) -}}
{{- $mistakes = append $mistakes (printf "%s.autoscaling.minReplicas is above maxReplicas" $role) -}}
{{- end -}}
{{- if and (eq $scaling.kind "hpa") (eq (int $scaling.minReplicas) 0) -}}
{{- $mistakes = append $mistakes (printf "%s.autoscaling.minReplicas is 0, which only KEDA can" $role) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.operator.enabled (not .Values.operator.tokenSecret.name) -}}
{{- $mistakes = append $mistakes "operator.tokenSecret.name is needed for the operator: it asks the API as any client does" -}}
{{- end -}}
{{- if and .Values.api.ingress.enabled (not .Values.api.ingress.host) -}}
{{- $mistakes = append $mistakes "api.ingress.host is needed for an ingress" -}}
{{- end -}}
{{- if regexMatch "(?m)^\\s*\\[\\s*(store|queue|board|api|coordinator|worker|agent|telemetry)\\s*\\]" .Values.config -}}
{{- $mistakes = append $mistakes "config has a section that the chart writes; its keys belong in the values, or in settings" -}}
{{- end -}}
{{- if $mistakes -}}
{{- fail (printf "\n- %s" (join "\n- " $mistakes)) -}}
{{- end -}}
{{- end }}
