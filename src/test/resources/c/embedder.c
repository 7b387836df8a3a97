/* embedder CLASSPATH CLASS ARGUMENT...: a JVM whose first thread runs Java. */
#include <jni.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  JavaVM *vm;
  JNIEnv *env;
  JavaVMInitArgs args;
  JavaVMOption options[1];
  char *classpath = malloc(strlen(argv[1]) + 32);
  sprintf(classpath, "-Djava.class.path=%s", argv[1]);
  options[0].optionString = classpath;
  args.version = JNI_VERSION_10;
  args.nOptions = 1;
  args.options = options;
  args.ignoreUnrecognized = JNI_FALSE;
  if (JNI_CreateJavaVM(&vm, (void **)&env, &args) != JNI_OK) return 90;
  for (char *c = argv[2]; *c; c++)
    if (*c == '.') *c = '/';
  jclass type = (*env)->FindClass(env, argv[2]);
  if (!type) return 91;
  jmethodID method = (*env)->GetStaticMethodID(env, type, "main", "([Ljava/lang/String;)V");
  jobjectArray strings =
      (*env)->NewObjectArray(env, argc - 3, (*env)->FindClass(env, "java/lang/String"), NULL);
  for (int i = 3; i < argc; i++)
    (*env)->SetObjectArrayElement(env, strings, i - 3, (*env)->NewStringUTF(env, argv[i]));
  (*env)->CallStaticVoidMethod(env, type, method, strings);
  if ((*env)->ExceptionCheck(env)) {
    (*env)->ExceptionDescribe(env);
    return 92;
  }
  (*vm)->DestroyJavaVM(vm);
  return 0;
}
