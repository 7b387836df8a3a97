# Prints where a JDK of a version is; to be sourced.
jdk() {
  local dir variable=JAVA_HOME_$1_X64 # as GitHub's runners name it
  if [[ ${!variable:-} ]]; then
    echo "${!variable}"
    return
  fi
  for dir in /usr/lib/jvm/*/; do
    if [[ -x ${dir}bin/javac ]] && grep -qs "^JAVA_VERSION=\"$1[.\"]" "${dir}release"; then
      readlink -f "$dir"
      return
    fi
  done
  echo "no JDK $1 below /usr/lib/jvm" >&2
  return 1
}
