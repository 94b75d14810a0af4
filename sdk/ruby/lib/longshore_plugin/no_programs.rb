# frozen_string_literal: true

# Ruby as WebAssembly takes some programs for run although none can be. An exporter would leave half of what it is to
# leave, and nobody would know.
refuse = lambda do |*, **|
  raise NotImplementedError, "no programs can be started where Ruby runs as WebAssembly"
end

%i[system spawn `].each do |name|
  Kernel.define_singleton_method(name, &refuse)
  Kernel.define_method(name, &refuse)
  Kernel.send(:private, name)
end
Process.define_singleton_method(:spawn, &refuse)
IO.define_singleton_method(:popen, &refuse)
